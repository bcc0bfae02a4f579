/** RFC 9068: an access token cannot pass for any other kind of JWT, nor another kind for it. */
export const tokenType = 'at+jwt';
export const algorithm = 'EdDSA';

/** Ours are about 500 characters; nothing longer is worth a look. */
const lengthMax = 2048;
/** Three parts, the last 64 bytes spelt canonically: its final character has four spare bits. */
const shape = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{85}[AQgw])$/;
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const keyId = /^[A-Za-z0-9_-]{1,64}$/;

export interface AccessClaim {
  readonly userId: string;
  readonly sessionId: string;
  /** `jti`: a single token can be revoked. */
  readonly tokenId: string;
  /** Of the user's roles when it was issued. */
  readonly rolesRevision: number;
  readonly validFromSeconds: number;
  /** Exclusive, as is the end of every life. */
  readonly validUntilSeconds: number;
}

export interface TokenParts {
  readonly kid: string;
  /** What the signature is about. */
  readonly signed: string;
  readonly signature: string;
  readonly payload: string;
}

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
}

/**
 * The parts of what looks exactly like a token of ours. The header must be the one that we write: so no other
 * algorithm, no type of another kind, no critical extension, no key of its own, nothing twice.
 */
export function partsOf(token: string): TokenParts | undefined {
  if (token.length > lengthMax) return undefined;
  const [, header = '', payload = '', signature = ''] = shape.exec(token) ?? [];
  const members = decodeObject(header);
  const kid = members?.kid;
  if (typeof kid !== 'string' || !keyId.test(kid) || header !== headerOf(kid)) return undefined;
  return { kid, signed: `${header}.${payload}`, signature, payload };
}

function headerOf(kid: string): string {
  return Buffer.from(JSON.stringify({ alg: algorithm, typ: tokenType, kid })).toString('base64url');
}

/** What a payload whose signature is right claims; undefined when it is not for us, or not as we write it. */
export function claimOf(
  payload: string,
  { issuer, audience, ttlSeconds }: ClaimRules,
): AccessClaim | undefined {
  const members = decodeObject(payload);
  if (!members) return undefined;
  const { iss, aud, sub, sid, jti, rrv = 0, iat, exp, nbf = iat } = members;
  if (iss !== issuer || aud !== audience) return undefined;
  if (!isUuid(sub) || !isUuid(sid) || !isUuid(jti)) return undefined;
  if (!isCount(rrv) || !isCount(iat) || !isCount(exp) || !isCount(nbf)) return undefined;
  return {
    userId: sub,
    sessionId: sid,
    tokenId: jti,
    rolesRevision: rrv,
    validFromSeconds: Math.max(iat, nbf),
    // A life that was configured shorter holds for the tokens that are out, too.
    validUntilSeconds: Math.min(exp, iat + ttlSeconds),
  };
}

/** A JSON object in base64url, both spelt as we spell them; with a member twice it is none. */
function decodeObject(part: string): Record<string, unknown> | undefined {
  const text = Buffer.from(part, 'base64url').toString();
  if (Buffer.from(text).toString('base64url') !== part) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return JSON.stringify(value) === text ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
