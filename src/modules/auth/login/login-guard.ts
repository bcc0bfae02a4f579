import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import { findAccount } from '../account/account.repository.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import { loginLocked } from './login.events.js';
import {
  clearFailures,
  countFailure,
  findLock,
  type Guard,
  type GuardKey,
  type GuardRule,
  removeExpiredGuards,
  removeGuard,
  shareGuards,
} from './login-guard.repository.js';
import type { LoginKeys, Subject } from './login-keys.js';

/** Somebody who wants to sign in: what the failures of this try count for. */
export interface Attempt {
  readonly userId: string | undefined;
  readonly account: GuardKey;
  /** The account's, and that of the address where one is known. */
  readonly keys: readonly GuardKey[];
}

interface LoginGuardDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly events: Events;
  readonly keys: LoginKeys;
  readonly config: AuthConfig['login'];
  readonly metrics: AuthMetrics;
  readonly log: Logger;
}

const cleanupBatchMax = 1000;

/**
 * Counts failed sign-ins of accounts and addresses and locks them for a while. The database decides, over all
 * instances; the clock's moments bound windows and locks, which are half-open: over at their end.
 */
export class LoginGuard {
  readonly #deps: LoginGuardDeps;

  constructor(deps: LoginGuardDeps) {
    this.#deps = deps;
  }

  attempt(subject: Subject, address: string | undefined): Attempt {
    const { keys } = this.#deps;
    const account = keys.account(subject);
    return {
      account,
      userId: 'userId' in subject ? subject.userId : undefined,
      keys: address === undefined ? [account] : [account, keys.address(address)],
    };
  }

  /** Raises 429 `login-locked` while the account or the address is locked. */
  async refuseLocked({ keys }: Attempt): Promise<void> {
    const { db, clock } = this.#deps;
    const now = clock.now();
    const until = await findLock(db, keys, now);
    if (until) throw lockedError(until, now);
  }

  /**
   * Counts a failed try. Answers the `login-locked` that it gets instead of its own refusal when a lock came
   * while it was looked at: then it counts for nothing.
   */
  async fail(attempt: Attempt): Promise<AppError | undefined> {
    const { db, clock } = this.#deps;
    const now = clock.now();
    return db.withTransaction({ name: 'count-login-failure' }, async (tx) => {
      const written = await countFailure(tx, attempt.keys, this.#rule, now);
      for (const guard of written) await this.#announce(tx, attempt, guard, now);
      if (written.length === attempt.keys.length) return undefined;
      const until = await findLock(tx, attempt.keys, now);
      return until && lockedError(until, now);
    });
  }

  /**
   * Looked at again where the session is opened: a right guess comes too late after the failure that locked.
   * `hasCount`: there is something for `succeeded` to forget.
   */
  async lookIn(tx: Tx, { keys }: Attempt): Promise<{ refusal: AppError | undefined; hasCount: boolean }> {
    const now = this.#deps.clock.now();
    const guards = await shareGuards(tx, keys);
    const ends = guards.flatMap(({ lockedUntil }) => lockedUntil ?? []).filter((end) => end > now);
    const last = ends.sort((a, b) => b.getTime() - a.getTime())[0];
    const hasCount = guards.some(({ kind }) => kind === 'account');
    return { refusal: last && lockedError(last, now), hasCount };
  }

  /** Part of the transaction that opens a session: the account's failures are forgotten, the address's are not. */
  succeeded(tx: Tx, { account }: Attempt): Promise<void> {
    return clearFailures(tx, account);
  }

  /** Part of the transaction that gave the user another password: nobody is kept out for guesses at the old one. */
  async forget(tx: Tx, userId: string): Promise<void> {
    await removeGuard(tx, this.#deps.keys.account({ userId }));
  }

  /** Ends the lock of an account and forgets its failures. Raises 404 `user-not-found`. */
  async unlock(userId: string, actor: AuditActor, reason: string): Promise<{ unlocked: boolean }> {
    const { db, clock, audit, keys } = this.#deps;
    const now = clock.now();
    const result = await db.withTransaction({ name: 'unlock-login' }, async (tx) => {
      if (!(await findAccount(tx, userId))) return undefined;
      const removed = await removeGuard(tx, keys.account({ userId }));
      const wasLocked = (removed?.lockedUntil ?? now) > now;
      await audit.record(tx, {
        action: 'auth.login-unlocked',
        actor,
        target: { type: 'user', id: userId },
        before: {
          failures: removed?.failures ?? 0,
          lockedUntil: wasLocked ? removed?.lockedUntil?.toISOString() : null,
        },
        after: { failures: 0, lockedUntil: null },
        reason,
      });
      return { unlocked: wasLocked };
    });
    if (!result) throw authErrors.userNotFound();
    return result;
  }

  /** Removes guards that say nothing any more; answers how many. */
  async removeExpired(signal: AbortSignal): Promise<number> {
    const { db, clock } = this.#deps;
    for (let removed = 0; ; ) {
      const rows = await removeExpiredGuards(db, clock.now(), cleanupBatchMax);
      removed += rows;
      signal.throwIfAborted();
      if (rows < cleanupBatchMax) return removed;
    }
  }

  get #rule(): GuardRule {
    const { failuresMax, addressFailuresMax, ...rule } = this.#deps.config;
    return { ...rule, failuresMax: { account: failuresMax, address: addressFailuresMax } };
  }

  async #announce(tx: Tx, attempt: Attempt, guard: Guard, now: Date): Promise<void> {
    const { events, metrics, log } = this.#deps;
    const { kind: scope, lockLevel: level, lockedUntil } = guard;
    if (lockedUntil === null || lockedUntil <= now) return;
    const userId = scope === 'account' ? (attempt.userId ?? null) : null;
    await events.add(tx, loginLocked, { userId, scope, lockedUntil: lockedUntil.toISOString(), level });
    tx.afterCommit(() => {
      metrics.loginLocked(scope);
      const who = userId === null ? { guard: guard.key.toString('hex') } : { userId };
      log.warn({ ...who, scope, level, lockedUntil }, 'too many failed sign-ins: locked');
    });
  }
}

function lockedError(until: Date, now: Date): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return authErrors.loginLocked({
    params: { seconds: retryAfterSeconds },
    retryAfterSeconds,
    extensions: { retryAt: until.toISOString() },
  });
}
