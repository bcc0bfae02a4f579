import type { UserActor } from '../../../platform/audit/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import { httpErrors, permits } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { findAccount, lockUsers } from '../account/account.repository.js';
import { standingRefusal } from '../account/account.standing.js';
import { authErrors } from '../auth.errors.js';
import type { Account } from '../auth.port.js';
import type { PermissionService } from './permission.service.js';

/** Somebody and what they may do, by rows that cannot change before the transaction ends. */
export interface Powers {
  readonly account: Account;
  readonly permissions: readonly string[];
}

export interface Act {
  /** Of the transaction, kebab-case. */
  readonly name: string;
  /** What it needs; looked at again, since it may be gone since the request was let in. */
  readonly permission: string;
  readonly actor: UserActor;
}

interface ActingDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly permissions: PermissionService;
}

/**
 * Runs acts of the staff, each in a transaction that holds the row of whoever acts: of two who take each other's rights at
 * once, one comes too late. What `work` denies with an AppError is undone and raised, as are 403 `permission-denied` and
 * the 401 of an actor who may not be here any more.
 */
export class Acting {
  readonly #deps: ActingDeps;

  constructor(deps: ActingDeps) {
    this.#deps = deps;
  }

  do<T>(act: Act, work: (tx: Tx, actor: Powers, now: Date) => Promise<T | AppError>): Promise<T> {
    return this.#run(act, async (tx) => {
      await lockUsers(tx, [act.actor.userId]);
      const now = this.#deps.clock.now();
      const actor = await this.#actor(tx, act, now);
      return actor instanceof AppError ? actor : work(tx, actor, now);
    });
  }

  /** The same on a user, whose row is held too. Raises 404 `user-not-found` also for one who closed the account. */
  doTo<T>(
    { targetId, ...act }: Act & { readonly targetId: string },
    work: (tx: Tx, parties: { actor: Powers; target: Powers }, now: Date) => Promise<T | AppError>,
  ): Promise<T> {
    return this.#run(act, async (tx) => {
      await lockUsers(tx, [act.actor.userId, targetId]);
      // After the wait for the locks, so that acts on a user are in the order of their moments.
      const now = this.#deps.clock.now();
      const actor = await this.#actor(tx, act, now);
      if (actor instanceof AppError) return actor;
      const target = await this.#powers(tx, targetId);
      if (!target || target.account.status === 'closed') return authErrors.userNotFound();
      return work(tx, { actor, target }, now);
    });
  }

  async #run<T>({ name }: Act, work: (tx: Tx) => Promise<T | AppError>): Promise<T> {
    const result = await this.#deps.db.withTransaction({ name }, async (tx) => {
      const outcome = await work(tx);
      return outcome instanceof AppError ? tx.rollback<T | AppError>(outcome) : outcome;
    });
    if (result instanceof AppError) throw result;
    return result as T;
  }

  async #actor(tx: Tx, { actor, permission }: Act, now: Date): Promise<Powers | AppError> {
    const powers = await this.#powers(tx, actor.userId);
    if (!powers) return authErrors.tokenInvalid();
    const refusal = standingRefusal(powers.account, now);
    if (refusal) return refusal;
    if (permits(powers.permissions, permission)) return powers;
    return httpErrors.permissionDenied({ params: { permission } });
  }

  async #powers(tx: Tx, userId: string): Promise<Powers | undefined> {
    const account = await findAccount(tx, userId);
    return account && { account, permissions: await this.#deps.permissions.of(tx, account.roles) };
  }
}
