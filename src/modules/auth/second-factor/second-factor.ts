import type { Database, Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Secrets } from '../../../platform/secrets/index.js';
import type { ProofAttempts } from './proof-attempts.js';
import { recoveryCodeHash } from './recovery-code.domain.js';
import { recoveryCodeUsed } from './second-factor.events.js';
import {
  countRecoveryCodes,
  findSeed,
  hasRecoveryCode,
  type Seed,
  spendRecoveryCode,
  spendStep,
} from './second-factor.repository.js';
import { aboutSeed } from './second-factor.secrets.js';
import { isTotpCode, stepOf } from './totp.domain.js';

type Proof =
  | { readonly kind: 'totp'; readonly seedId: string; readonly step: number }
  | { readonly kind: 'recovery-code'; readonly hash: Uint8Array };

/** What may go on: there is no second factor, or a code of it is right and not spent yet. */
export type Passed = { readonly outcome: 'off' } | { readonly outcome: 'right'; readonly proof: Proof };

export type Check =
  | Passed
  | { readonly outcome: 'required' | 'wrong' }
  | { readonly outcome: 'locked'; readonly refusal: AppError };

interface SecondFactorDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly events: Events;
  readonly secrets: Secrets;
  readonly attempts: ProofAttempts;
}

/**
 * The second factor of users: codes of an authenticator app (RFC 6238), and recovery codes. Looked at with `check`
 * before a transaction, spent with `spend` inside the one that the code is for.
 */
export class SecondFactor {
  readonly #deps: SecondFactorDeps;

  constructor(deps: SecondFactorDeps) {
    this.#deps = deps;
  }

  /**
   * Looks at a code without spending it; a wrong one counts against the user. `off`: the user has no second factor,
   * whatever was sent. `required`: there is one, and no code. `locked`: too many were wrong.
   */
  async check(userId: string, code: string | undefined): Promise<Check> {
    const seed = await findSeed(this.#deps.db, userId, 'active');
    if (!seed) return { outcome: 'off' };
    if (code === undefined) return { outcome: 'required' };
    const refusal = await this.#deps.attempts.take(userId, 'second-factor');
    if (refusal) return { outcome: 'locked', refusal };
    const proof = this.#totpProof(seed, code) ?? (await this.#recoveryProof(userId, code));
    return proof ? { outcome: 'right', proof } : { outcome: 'wrong' };
  }

  /**
   * Spends what `check` found, under the lock on the user's row that the caller holds. False: somebody was quicker
   * with the same code, or the second factor changed since.
   */
  async spend(tx: Tx, userId: string, passed: Passed): Promise<boolean> {
    if (passed.outcome === 'off') return (await findSeed(tx, userId, 'active')) === undefined;
    const { proof } = passed;
    const spent =
      proof.kind === 'totp'
        ? await spendStep(tx, proof.seedId, proof.step)
        : await this.#spendRecoveryCode(tx, userId, proof.hash);
    if (spent) await this.#deps.attempts.succeeded(tx, userId, 'second-factor');
    return spent;
  }

  #totpProof(seed: Seed, code: string): Proof | undefined {
    const { secrets, clock } = this.#deps;
    // A seed that does not open any more leaves its user the recovery codes.
    if (!isTotpCode(code)) return undefined;
    const step = stepOf(code, secrets.open(seed.sealed, aboutSeed(seed.id)), clock.now());
    return step === undefined ? undefined : { kind: 'totp', seedId: seed.id, step };
  }

  async #recoveryProof(userId: string, code: string): Promise<Proof | undefined> {
    const hash = recoveryCodeHash(userId, code);
    if (!hash || !(await hasRecoveryCode(this.#deps.db, userId, hash))) return undefined;
    return { kind: 'recovery-code', hash };
  }

  async #spendRecoveryCode(tx: Tx, userId: string, hash: Uint8Array): Promise<boolean> {
    const { clock, events } = this.#deps;
    if (!(await spendRecoveryCode(tx, userId, hash, clock.now()))) return false;
    const left = await countRecoveryCodes(tx, userId);
    await events.add(tx, recoveryCodeUsed, { userId, left }, { aggregate: `user ${userId}` });
    return true;
  }
}
