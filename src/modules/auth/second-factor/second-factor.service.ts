import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { EventDefinition, Events } from '../../../platform/events/index.js';
import { type Caller, httpErrors } from '../../../platform/http/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Secrets } from '../../../platform/secrets/index.js';
import { type Credentials, lockCredentials } from '../account/account.repository.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import { type Claimant, type PasswordProof, staleProof } from '../password/password-proof.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import type { ProofAttempts } from './proof-attempts.js';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-code.domain.js';
import { totpDisabled, totpEnabled } from './second-factor.events.js';
import type { SecondFactor } from './second-factor.js';
import {
  activateSeed,
  countRecoveryCodes,
  deleteSeeds,
  findSeed,
  replacePendingSeed,
  replaceRecoveryCodes,
  type Seed,
  setSteppedUp,
  setTotpEnabled,
} from './second-factor.repository.js';
import { aboutSeed } from './second-factor.secrets.js';
import { isTotpCode, newSeed, type Provisioning, provisioningOf, stepOf } from './totp.domain.js';

export interface PendingTotp extends Provisioning {
  readonly expiresAt: Date;
}

export interface TotpStatus {
  readonly enabled: boolean;
  readonly recoveryCodesLeft: number;
}

interface SecondFactorServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig['secondFactor'];
  readonly events: Events;
  readonly changes: AuthChanges;
  readonly secrets: Secrets;
  readonly attempts: ProofAttempts;
  readonly factor: SecondFactor;
  readonly passwords: PasswordProof;
}

/** How users get a second factor, give it up, and prove it again. All of it is theirs: nobody does it for another. */
export class SecondFactorService {
  readonly #deps: SecondFactorServiceDeps;

  constructor(deps: SecondFactorServiceDeps) {
    this.#deps = deps;
  }

  async status(userId: string): Promise<TotpStatus> {
    const { db } = this.#deps;
    const seed = await findSeed(db, userId, 'active');
    return {
      enabled: seed !== undefined,
      recoveryCodesLeft: seed ? await countRecoveryCodes(db, userId) : 0,
    };
  }

  /**
   * A new seed that waits to be enabled, in place of one that waited before. A first one needs the password; another
   * one, on a new phone, a fresh step-up: a password alone must not replace the second factor. Raises 403
   * `password-wrong`, `step-up-required`, 429 `confirmation-locked`.
   */
  async setUp(
    { userId, sessionId, secondFactor }: Caller,
    password: string | undefined,
  ): Promise<PendingTotp> {
    const { db, clock, config, secrets, passwords } = this.#deps;
    const isOn = (await findSeed(db, userId, 'active')) !== undefined;
    if (isOn && secondFactor !== 'fresh') throw httpErrors.stepUpRequired();
    const proved = isOn ? undefined : await passwords.verify({ userId, sessionId }, password);
    const now = clock.now();
    const bytes = newSeed();
    const id = newId(now);
    const seed = { id, sealed: secrets.seal(bytes, aboutSeed(id)), createdAt: now };
    const username = await this.#inUserLock('set-up-totp', userId, async (tx, current) => {
      const stillOn = (await findSeed(tx, userId, 'active')) !== undefined;
      const refusal = proved && (staleProof(proved, current) ?? (stillOn && httpErrors.stepUpRequired()));
      if (refusal) return tx.rollback(refusal);
      await replacePendingSeed(tx, userId, seed);
      return current.account.username;
    });
    const expiresAt = new Date(now.getTime() + config.setupTtlSeconds * 1000);
    return { ...provisioningOf(bytes, config.issuer, username), expiresAt };
  }

  /**
   * Turns the waiting seed on with a code of it, and answers the recovery codes, which nobody can read again. Of several
   * at once one does. Raises 409 `totp-setup-missing`, 403 `totp-wrong`, 429 `confirmation-locked`.
   */
  async enable(userId: string, code: string): Promise<string[]> {
    const { db, clock, attempts, changes } = this.#deps;
    const seed = await findSeed(db, userId, 'pending');
    if (!seed || !this.#isWaiting(seed, clock.now())) throw authErrors.totpSetupMissing();
    const refusal = await attempts.take(userId, 'second-factor');
    if (refusal) throw refusal;
    const step = this.#stepOf(seed, code);
    if (step === undefined) throw authErrors.totpWrong();
    const codes = this.#newCodes(userId);
    await this.#inUserLock('enable-totp', userId, async (tx) => {
      await deleteSeeds(tx, userId, ['active']);
      if (!(await activateSeed(tx, seed.id, step))) return tx.rollback(authErrors.totpSetupMissing());
      const now = clock.now();
      await setTotpEnabled(tx, userId, now);
      await replaceRecoveryCodes(tx, userId, codes.hashes, now);
      await attempts.succeeded(tx, userId, 'second-factor');
      await changes.record(tx, [{ kind: 'user', subject: userId, reason: 'totp-enabled' }]);
      await this.#tell(tx, totpEnabled, userId);
      return undefined;
    });
    return codes.shown;
  }

  /**
   * Gives the second factor up: with the password and a code of it, or a recovery code. Raises 409 `totp-off`, 403
   * `password-wrong`, `totp-wrong`, 429 `confirmation-locked`.
   */
  async disable(claimant: Claimant, password: string | undefined, code: string): Promise<void> {
    const { userId } = claimant;
    const { factor, changes, passwords } = this.#deps;
    const proved = await passwords.verify(claimant, password);
    const passed = await factor.check(userId, code);
    if (passed.outcome === 'off') throw authErrors.totpOff();
    if (passed.outcome === 'locked') throw passed.refusal;
    if (passed.outcome !== 'right') throw authErrors.totpWrong();
    await this.#inUserLock('disable-totp', userId, async (tx, current) => {
      const refusal = staleProof(proved, current);
      if (refusal) return tx.rollback(refusal);
      if (!(await factor.spend(tx, userId, passed))) return tx.rollback(authErrors.totpWrong());
      await deleteSeeds(tx, userId, ['active', 'pending']);
      await replaceRecoveryCodes(tx, userId, [], this.#deps.clock.now());
      await setTotpEnabled(tx, userId, null);
      await changes.record(tx, [{ kind: 'user', subject: userId, reason: 'totp-disabled' }]);
      await this.#tell(tx, totpDisabled, userId);
      return undefined;
    });
  }

  /** A new set of recovery codes; those from before are void. Raises 409 `totp-off`. */
  async renewRecoveryCodes(userId: string): Promise<string[]> {
    const codes = this.#newCodes(userId);
    await this.#inUserLock('renew-recovery-codes', userId, async (tx) => {
      if (!(await findSeed(tx, userId, 'active'))) return tx.rollback(authErrors.totpOff());
      await replaceRecoveryCodes(tx, userId, codes.hashes, this.#deps.clock.now());
      return undefined;
    });
    return codes.shown;
  }

  /**
   * Proves the second factor for a session; answers until when that is good. A recovery code does not do: it is for who
   * lost the app. Raises 409 `totp-off`, 403 `totp-wrong`, 429 `confirmation-locked`.
   */
  async stepUp({ userId, sessionId }: Pick<Caller, 'userId' | 'sessionId'>, code: string): Promise<Date> {
    const { clock, config, factor, changes } = this.#deps;
    const passed = await factor.check(userId, isTotpCode(code) ? code : '');
    if (passed.outcome === 'off') throw authErrors.totpOff();
    if (passed.outcome === 'locked') throw passed.refusal;
    if (passed.outcome !== 'right') throw authErrors.totpWrong();
    const now = clock.now();
    await this.#inUserLock('step-up', userId, async (tx) => {
      if (!(await factor.spend(tx, userId, passed))) return tx.rollback(authErrors.totpWrong());
      if (!(await setSteppedUp(tx, sessionId, userId, now))) return tx.rollback(authErrors.sessionRevoked());
      await changes.record(tx, [{ kind: 'session', subject: sessionId, reason: 'stepped-up' }]);
      return undefined;
    });
    return new Date(now.getTime() + config.stepUpTtlSeconds * 1000);
  }

  /** Runs under the lock on the user's row; a refusal that it answers is raised, and undoes it. */
  async #inUserLock<T>(name: string, userId: string, work: (tx: Tx, current: Credentials) => Promise<T>) {
    const result = await this.#deps.db.withTransaction({ name }, async (tx) => {
      const current = await lockCredentials(tx, userId);
      return current ? work(tx, current) : tx.rollback(authErrors.tokenInvalid());
    });
    if (result instanceof AppError) throw result;
    return result as Exclude<typeof result, AppError>;
  }

  #isWaiting({ createdAt }: Seed, now: Date): boolean {
    return now.getTime() < createdAt.getTime() + this.#deps.config.setupTtlSeconds * 1000;
  }

  #stepOf({ id, sealed }: Seed, code: string): number | undefined {
    const { secrets, clock } = this.#deps;
    return stepOf(code, secrets.open(sealed, aboutSeed(id)), clock.now());
  }

  #newCodes(userId: string): { shown: string[]; hashes: Uint8Array[] } {
    const shown = newRecoveryCodes(this.#deps.config.recoveryCodes);
    return { shown, hashes: shown.flatMap((code) => recoveryCodeHash(userId, code) ?? []) };
  }

  #tell(tx: Tx, event: EventDefinition<typeof totpEnabled.payload>, userId: string): Promise<string> {
    return this.#deps.events.add(tx, event, { userId }, { aggregate: `user ${userId}` });
  }
}
