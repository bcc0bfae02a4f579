/** `daiyu@example.com` as `d***@example.com`: enough to recognise what somebody names, not enough to learn it. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}***${email.slice(at)}`;
}
