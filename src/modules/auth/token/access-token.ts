import { randomUUID } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import type { KeyRing } from './key-ring.js';

/** RFC 9068: an access token cannot pass for any other kind of JWT, nor another kind for it. */
const tokenType = 'at+jwt';
const algorithm = 'EdDSA';
/** Ours are about 400 characters; nothing longer is worth a look. */
const lengthMax = 2048;
/** Three parts, the last 64 bytes spelt canonically: its final character has four spare bits. */
const shape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/;

/** What of the key ring signs and checks. */
export type AccessKeys = Pick<KeyRing, 'signing' | 'verifying'>;

export interface AccessClaim {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAtSeconds: number;
}

/** Signs access tokens and checks them. */
export class AccessTokens {
  readonly #keys: AccessKeys;
  readonly #clock: Clock;
  readonly #config: AuthConfig['accessToken'];
  /** Tokens whose signature was right, oldest first: Ed25519 costs more than the rest of a request. */
  readonly #verified = new Map<string, AccessClaim>();

  constructor(keys: AccessKeys, clock: Clock, config: AuthConfig['accessToken']) {
    this.#keys = keys;
    this.#clock = clock;
    this.#config = config;
  }

  sign(user: { readonly userId: string; readonly sessionId: string }): Promise<string> {
    const { kid, key } = this.#keys.signing;
    const issuedAt = Math.floor(this.#clock.now().getTime() / 1000);
    return new SignJWT({ sid: user.sessionId })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, kid })
      .setSubject(user.userId)
      .setIssuer(this.#config.issuer)
      .setAudience(this.#config.audience)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + this.#config.ttlSeconds)
      .sign(key);
  }

  /** The claim of a token of ours within its life. Raises 401 `token-invalid` or `token-expired`. */
  async verify(token: string): Promise<AccessClaim> {
    const known = this.#verified.get(token);
    if (known) {
      if (this.#isOver(known)) {
        this.#verified.delete(token);
        throw authErrors.tokenExpired();
      }
      return known;
    }
    const claim = await this.#check(token);
    this.#remember(token, claim);
    return claim;
  }

  async #check(token: string): Promise<AccessClaim> {
    if (token.length > lengthMax || !shape.test(token)) throw authErrors.tokenInvalid();
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyOf(kid), {
        algorithms: [algorithm],
        typ: tokenType,
        issuer: this.#config.issuer,
        audience: this.#config.audience,
        clockTolerance: this.#config.clockToleranceSeconds,
        currentDate: this.#clock.now(),
        requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
      });
      return toClaim(payload);
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw authErrors.tokenExpired({ cause });
      throw authErrors.tokenInvalid({ cause });
    }
  }

  #keyOf(kid: string | undefined) {
    const key = kid === undefined ? undefined : this.#keys.verifying(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  }

  /** The same comparison as `jwtVerify` makes, so that the cache never lengthens a life. */
  #isOver({ expiresAtSeconds }: AccessClaim): boolean {
    const nowSeconds = Math.floor(this.#clock.now().getTime() / 1000);
    return expiresAtSeconds <= nowSeconds - this.#config.clockToleranceSeconds;
  }

  #remember(token: string, claim: AccessClaim): void {
    if (this.#config.verifiedMax === 0) return;
    if (this.#verified.size >= this.#config.verifiedMax) {
      for (const oldest of this.#verified.keys()) {
        this.#verified.delete(oldest);
        break;
      }
    }
    this.#verified.set(token, claim);
  }
}

function toClaim({ sub, sid, exp }: JWTPayload): AccessClaim {
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') {
    throw new errors.JWTInvalid('A claim has the wrong type');
  }
  return { userId: sub, sessionId: sid, expiresAtSeconds: exp };
}
