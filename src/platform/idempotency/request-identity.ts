import { createHash } from 'node:crypto';
import { idempotencyErrors } from './idempotency.errors.js';

const visible = /^[\x21-\x7e]{1,255}$/;
/** A string of structured fields (RFC 8941), as the draft of the header wants it. */
const quoted = /^"(?:[^"\\]|\\["\\])*"$/;

/**
 * The key of a header `Idempotency-Key`, bare or quoted: both forms are one key. Undefined without the header;
 * raises `idempotency-key-invalid` for anything else than one key of 1 to 255 visible ASCII characters.
 */
export function idempotencyKeyOf(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  // Node joins a repeated header with ", ", whose space no key has.
  if (typeof header !== 'string') throw idempotencyErrors.keyInvalid();
  const key = quoted.test(header) ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;
  if (!visible.test(key) || (key === header && header.startsWith('"'))) throw idempotencyErrors.keyInvalid();
  return key;
}

/** The same for requests that mean the same, whatever the order of their members. */
export function requestHash(request: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(request)).digest();
}

function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_name, member: unknown) =>
      typeof member === 'object' && member !== null && !Array.isArray(member) ? sorted(member) : member,
    ) ?? ''
  );
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
