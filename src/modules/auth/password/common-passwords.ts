/**
 * The `max` most common passwords of the world, in lower case. The list is 0.4 MB, so it is loaded
 * with the first password that is chosen rather than with the process.
 */
export async function loadCommonPasswords(max: number): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary.passwords.slice(0, max).map((password) => password.toLowerCase()));
}
