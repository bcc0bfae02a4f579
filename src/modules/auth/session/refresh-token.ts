import { createHmac, timingSafeEqual } from 'node:crypto';

const idBytes = 16;
const generationBytes = 4;
const bodyBytes = idBytes + generationBytes;
const macBytes = 32;
/** 52 bytes in base64url. */
const tokenShape = /^[A-Za-z0-9_-]{70}$/;

export interface RefreshClaim {
  readonly sessionId: string;
  readonly generation: number;
}

/**
 * The refresh token of a generation of a session: both, and an HMAC over them. It is derived, so the
 * same generation always has the same token and nothing of it is stored; and a forgery is known
 * before any SQL.
 */
export function makeRefreshToken({ sessionId, generation }: RefreshClaim, key: Uint8Array): string {
  const body = Buffer.alloc(bodyBytes);
  body.write(sessionId.replaceAll('-', ''), 'hex');
  body.writeUInt32BE(generation, idBytes);
  return Buffer.concat([body, mac(body, key)]).toString('base64url');
}

/** The claim of a token made with `key`; undefined for anything else. */
export function readRefreshToken(token: string, key: Uint8Array): RefreshClaim | undefined {
  if (!tokenShape.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  // The last character has spare bits: without this, one token could be spelt in several ways.
  if (bytes.length !== bodyBytes + macBytes || bytes.toString('base64url') !== token) return undefined;
  const body = bytes.subarray(0, bodyBytes);
  if (!timingSafeEqual(mac(body, key), bytes.subarray(bodyBytes))) return undefined;
  return { sessionId: formatUuid(body.toString('hex', 0, idBytes)), generation: body.readUInt32BE(idBytes) };
}

function mac(body: Uint8Array, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update('qingyu refresh token v1\n').update(body).digest();
}

function formatUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
