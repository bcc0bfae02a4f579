import type { MailMessage, MailRefusal } from './mail.js';

const addressLengthMax = 254;
const localLengthMax = 64;
const subjectLengthMax = 255;
const headersMax = 20;
const headerLengthMax = 500;
const keyLengthMax = 200;

/** Dot-atoms of RFC 5322. Quoted local parts and comments are legal and used by attackers only. */
const localPart = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
/** Labels of letters of any script, which become punycode, digits and hyphens. */
const domain =
  /^(?=.{1,253}$)([\p{L}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}][\p{L}\p{M}\p{N}-]{0,62}$/u;
/** A line break starts a header of the sender's choice; nothing else of this kind belongs on one line either. */
const notOneLine = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const headerName =
  /^(X-[A-Za-z0-9-]{1,60}|Auto-Submitted|List-Unsubscribe|List-Unsubscribe-Post|In-Reply-To|References)$/i;

/** One bare address that a mail may go to, or come from. */
export function isMailAddress(address: string): boolean {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  return (
    at > 0 &&
    address.length <= addressLengthMax &&
    local.length <= localLengthMax &&
    localPart.test(local) &&
    domain.test(address.slice(at + 1))
  );
}

export function isOneLine(text: string): boolean {
  return !notOneLine.test(text);
}

/** Why the message can't be sent as it is; undefined when it can. */
export function refusalOf(message: MailMessage, bytesMax: number): MailRefusal | undefined {
  const { to, subject, idempotencyKey, headers = {} } = message;
  if (!isMailAddress(to)) return 'recipient-invalid';
  if (subject.length > subjectLengthMax || !isOneLine(subject)) return 'subject-invalid';
  if (!areSafe(Object.entries(headers))) return 'header-invalid';
  if (idempotencyKey.length < 1 || idempotencyKey.length > keyLengthMax) return 'idempotency-key-invalid';
  const bytes = Buffer.byteLength(message.text) + Buffer.byteLength(message.html ?? '');
  return bytes > bytesMax ? 'message-too-large' : undefined;
}

function areSafe(headers: readonly (readonly [string, string])[]): boolean {
  if (headers.length > headersMax) return false;
  return headers.every(
    ([name, value]) => headerName.test(name) && value.length <= headerLengthMax && isOneLine(value),
  );
}
