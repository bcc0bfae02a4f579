import { type KeyObject, randomUUID, verify } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import {
  type AccessClaim,
  algorithm,
  claimOf,
  partsOf,
  type TokenParts,
  tokenType,
} from './access-token.domain.js';
import type { KeyRing } from './key-ring.js';

/** What of the key ring signs and checks. */
export type AccessKeys = Pick<KeyRing, 'signing' | 'verifying' | 'learn' | 'isRetired' | 'generation'>;

export interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly rolesRevision: number;
}

/** Signs access tokens and checks them. */
export class AccessTokens {
  readonly #keys: AccessKeys;
  readonly #clock: Clock;
  readonly #config: AuthConfig['accessToken'];
  /** Tokens whose signature was right, oldest first: Ed25519 costs more than the rest of a request. */
  readonly #verified = new Map<string, AccessClaim>();
  /** Of the keys that checked them. */
  #generation = 0;

  constructor(keys: AccessKeys, clock: Clock, config: AuthConfig['accessToken']) {
    this.#keys = keys;
    this.#clock = clock;
    this.#config = config;
  }

  sign({ userId, sessionId, rolesRevision }: TokenSubject): Promise<string> {
    const { kid, key } = this.#keys.signing;
    const issuedAt = Math.floor(this.#clock.now().getTime() / 1000);
    return new SignJWT({ sid: sessionId, rrv: rolesRevision })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, kid })
      .setSubject(userId)
      .setIssuer(this.#config.issuer)
      .setAudience(this.#config.audience)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + this.#config.ttlSeconds)
      .sign(key);
  }

  /** The claim of a token whose signature was found right; whether its time is now is for `timeOf`. Always the same object. */
  remembered(token: string): AccessClaim | undefined {
    if (this.#generation !== this.#keys.generation) {
      this.#generation = this.#keys.generation;
      this.#verified.clear();
    }
    return this.#verified.get(token);
  }

  /**
   * The claim of a token of ours within its life. Raises 401 `token-invalid`, or `token-expired` for whatever a new
   * access token helps against: its life is over, has not begun (a clock stepped back), or its key was retired.
   */
  async verify(token: string): Promise<AccessClaim> {
    const known = this.remembered(token);
    const { generation } = this.#keys;
    const claim = known ?? (await this.#check(token));
    const { fromMs, untilMs } = this.timeOf(claim);
    const nowMs = this.#clock.now().getTime();
    if (nowMs >= fromMs && nowMs < untilMs) {
      // A key that was retired meanwhile vouches for nothing any longer.
      if (!known && generation === this.#keys.generation) this.#remember(token, claim);
      return claim;
    }
    this.#verified.delete(token);
    throw authErrors.tokenExpired();
  }

  /** When a claim is good, with what the clocks of instances may differ by. */
  timeOf({ validFromSeconds, validUntilSeconds }: AccessClaim): { fromMs: number; untilMs: number } {
    const { clockToleranceSeconds } = this.#config;
    return {
      fromMs: (validFromSeconds - clockToleranceSeconds) * 1000,
      untilMs: (validUntilSeconds + clockToleranceSeconds) * 1000,
    };
  }

  async #check(token: string): Promise<AccessClaim> {
    const parts = partsOf(token);
    if (!parts) throw authErrors.tokenInvalid();
    const key = this.#keys.verifying(parts.kid) ?? (await this.#keys.learn(parts.kid));
    if (!key) throw this.#keys.isRetired(parts.kid) ? authErrors.tokenExpired() : authErrors.tokenInvalid();
    const claim = isSigned(parts, key) ? claimOf(parts.payload, this.#config) : undefined;
    if (!claim) throw authErrors.tokenInvalid();
    return claim;
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

/**
 * Here and not by jose, whose WebCrypto waits for the thread pool that hashes passwords, and takes half as long again
 * (docs/performance.md).
 */
function isSigned({ signed, signature }: TokenParts, key: KeyObject): boolean {
  return verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64url'));
}
