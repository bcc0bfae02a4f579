import type { MailMessage } from './mail.js';

export interface Envelope {
  readonly from: { readonly name: string; readonly address: string };
  readonly messageId: string;
  readonly date: Date;
}

/** The mail as it travels (RFC 5322, lines end with CRLF). What it is made of was checked before. */
export async function composeMail(
  { to, subject, text, html, headers = {} }: MailMessage,
  { from, messageId, date }: Envelope,
): Promise<Buffer> {
  // 11 MB that an installation needs only once it writes to somebody.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const composer = new MailComposer({
    from,
    // As an object: a text would be parsed as a list of addresses.
    to: { name: '', address: to },
    subject,
    text,
    ...(html !== undefined && { html }),
    headers,
    messageId,
    date,
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  });
  return composer.compile().build();
}
