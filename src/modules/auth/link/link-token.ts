import { createHmac, timingSafeEqual } from 'node:crypto';

export const linkPurposes = ['password-reset', 'email-verification'] as const;
export type LinkPurpose = (typeof linkPurposes)[number];

const idBytes = 16;
/** 16 bytes of id and 32 of HMAC, in base64url; no spare bits. */
const tokenShape = /^[A-Za-z0-9_-]{64}$/;

/**
 * The token of a link: its id, and an HMAC over the id and the purpose. It is derived, so whoever reads the database or
 * the outbox cannot make one; and a forgery is known before any SQL.
 */
export function makeLinkToken(linkId: string, purpose: LinkPurpose, key: Uint8Array): string {
  const id = Buffer.from(linkId.replaceAll('-', ''), 'hex');
  return Buffer.concat([id, mac(id, purpose, key)]).toString('base64url');
}

/** The id of the link that a token was made for; undefined for anything else. */
export function readLinkToken(token: string, purpose: LinkPurpose, key: Uint8Array): string | undefined {
  if (!tokenShape.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const id = bytes.subarray(0, idBytes);
  if (!timingSafeEqual(mac(id, purpose, key), bytes.subarray(idBytes))) return undefined;
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function mac(id: Uint8Array, purpose: LinkPurpose, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`qingyu link token v1\n${purpose}\n`).update(id).digest();
}
