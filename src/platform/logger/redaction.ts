import { errorFields } from './error-fields.js';

const redacted = '[redacted]';

/** Limits of one line, so that logging a large or endless object costs little and says that it was cut. */
const depthMax = 6;
const entriesMax = 50;
const nodesMax = 500;
const textLengthMax = 8192;

/** Written as a whole word of the key, whatever its spelling: `access_token`, `x-api-key`, `Authorization`. */
const secretParts = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'apikey',
  'authorization',
  'cookie',
  'privatekey',
];
const secretEndings = ['token', 'totp', 'otp', 'pepper', 'jwt', 'accountnumber', 'cardnumber', 'idnumber'];
const secretNames: ReadonlySet<string> = new Set([
  'pwd',
  'pin',
  'recoverycode',
  'prompt',
  'chaptertext',
  'chaptercontent',
]);

const knownKeys = new Map<string, boolean>();
const knownKeysMax = 2000;

/** Whether a field of this name may hold a credential, an account number, a prompt or a chapter's text. */
export function isSecretKey(key: string): boolean {
  let secret = knownKeys.get(key);
  if (secret === undefined) {
    const plain = key.toLowerCase().replace(/[^a-z0-9]/g, '');
    secret =
      secretNames.has(plain) ||
      secretParts.some((part) => plain.includes(part)) ||
      secretEndings.some((ending) => plain.endsWith(ending));
    if (knownKeys.size < knownKeysMax) knownKeys.set(key, secret);
  }
  return secret;
}

const jwt = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const urlPassword = /(\b[a-z][\w+.-]{0,20}:\/\/[^\s:/@]{0,200}:)[^\s@/]{1,200}@/gi;

/** Text without what is recognisably a credential: a token, an Authorization header, a password in a URL. */
export function scrubText(text: string): string {
  let result =
    text.length > textLengthMax ? `${text.slice(0, textLengthMax)}… (${text.length} characters)` : text;
  if (result.includes('eyJ')) result = result.replace(jwt, redacted);
  if (/bearer|basic/i.test(result)) result = result.replace(bearer, `$1 ${redacted}`);
  if (result.includes('://')) result = result.replace(urlPassword, `$1${redacted}@`);
  return result;
}

/**
 * A copy of a line's fields that is safe to write: secrets gone, sizes bounded, errors reduced to
 * what a log needs. Objects of classes are named, not opened: a request holds headers and a socket.
 */
export function safeFields(fields: Record<string, unknown>): Record<string, unknown> {
  return copyEntries(fields, 0, { left: nodesMax });
}

interface Budget {
  left: number;
}

function copyEntries(source: object, depth: number, budget: Budget): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  let entries = 0;
  for (const key of Object.keys(source)) {
    if (key === '__proto__') continue;
    entries += 1;
    if (entries > entriesMax || budget.left <= 0) {
      copy['…'] = 'cut';
      break;
    }
    copy[key] = copyEntry(key, source, depth, budget);
  }
  return copy;
}

function copyEntry(key: string, source: object, depth: number, budget: Budget): unknown {
  let value: unknown;
  try {
    value = (source as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
  const holdsText = value !== undefined && value !== null && typeof value !== 'boolean';
  return holdsText && isSecretKey(key) ? redacted : copyValue(value, depth + 1, budget);
}

function copyValue(value: unknown, depth: number, budget: Budget): unknown {
  budget.left -= 1;
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorFields(value, scrubText);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return scrubText(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth > depthMax || budget.left <= 0) return '[cut]';
  if (Array.isArray(value)) return copyList(value, depth, budget);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return copyEntries(value, depth, budget);
  return `[${prototype.constructor?.name ?? 'object'}]`;
}

function copyList(list: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const copy = list.slice(0, entriesMax).map((entry) => copyValue(entry, depth + 1, budget));
  if (list.length > entriesMax) copy.push(`… (${list.length} entries)`);
  return copy;
}
