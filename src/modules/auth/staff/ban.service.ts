import type { Audit, UserActor } from '../../../platform/audit/index.js';
import type { Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import { permits } from '../../../platform/http/index.js';
import { newId } from '../../../platform/kernel/index.js';
import { findAccount } from '../account/account.repository.js';
import { statusAt } from '../account/account.standing.js';
import { authErrors } from '../auth.errors.js';
import type { Account } from '../auth.port.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import type { Acting, Powers } from '../role/acting.js';
import type { SessionEnds } from '../session/session-ends.js';
import { insertBan, liftBan } from './ban.repository.js';
import { userBanned, userUnbanned } from './staff.events.js';

interface BanDeps {
  readonly acting: Acting;
  readonly audit: Audit;
  readonly events: Events;
  readonly changes: AuthChanges;
  readonly ends: SessionEnds;
}

export interface BanOrder {
  /** For the user to read. */
  readonly reason: string;
  /** At this moment the ban is over. Absent: it has no end. */
  readonly until?: Date | undefined;
}

interface Told {
  readonly action: string;
  readonly actor: UserActor;
  readonly reason: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Bans users and lets them in again. */
export class BanService {
  readonly #deps: BanDeps;

  constructor(deps: BanDeps) {
    this.#deps = deps;
  }

  /**
   * Bans a user and ends all their sessions. Raises `ban-end-past`, `own-ban`, `staff-protected` for somebody who holds any
   * permission unless an admin acts, and `already-banned`: a ban in force is lifted before another takes its place.
   */
  ban(targetId: string, { reason, until }: BanOrder, actor: UserActor): Promise<Account> {
    const act = { name: 'ban-user', permission: 'user.ban', actor, targetId };
    return this.#deps.acting.doTo(act, async (tx, parties, now) => {
      const { account } = parties.target;
      const denied = refuseBan(parties, until, now);
      if (denied) return denied;
      const ban = { reason, until: until ?? null, bannedBy: parties.actor.account.id, bannedAt: now };
      await insertBan(tx, { ...ban, id: newId(now), userId: account.id });
      const sessionsEnded = await this.#deps.ends.endAllOf(tx, account.id, { reason: 'banned' });
      const detail = { sessionsEnded };
      const banned = await this.#tell(tx, parties.target, now, {
        ...{ action: 'auth.user-banned', actor, reason, detail },
      });
      const payload = { userId: account.id, reason, until: until?.toISOString() ?? null };
      await this.#deps.events.add(tx, userBanned, payload, { aggregate: `user ${account.id}` });
      return banned;
    });
  }

  /** Ends a ban before its end; the sessions that it ended stay so. Raises `not-banned` and `staff-protected`. */
  unban(targetId: string, reason: string | undefined, actor: UserActor): Promise<Account> {
    const act = { name: 'unban-user', permission: 'user.ban', actor, targetId };
    return this.#deps.acting.doTo(act, async (tx, parties, now) => {
      const { account } = parties.target;
      const denied = refuseStaff(parties);
      if (denied) return denied;
      if (statusAt(account, now) !== 'banned') return authErrors.notBanned();
      const lift = { by: parties.actor.account.id, at: now, reason: reason ?? null };
      await liftBan(tx, account.id, lift);
      const unbanned = await this.#tell(tx, parties.target, now, {
        ...{ action: 'auth.user-unbanned', actor, reason },
      });
      const payload = { userId: account.id };
      await this.#deps.events.add(tx, userUnbanned, payload, { aggregate: `user ${account.id}` });
      return unbanned;
    });
  }

  async #tell(tx: Tx, { account: before }: Powers, now: Date, told: Told): Promise<Account> {
    const { audit, changes } = this.#deps;
    const account = (await findAccount(tx, before.id)) as Account;
    const target = { type: 'user', id: account.id };
    await changes.record(tx, [{ kind: 'user', subject: account.id, reason: account.status }]);
    await audit.record(tx, {
      ...{ ...told, target, before: standingOf(before, now), after: standingOf(account, now) },
    });
    return account;
  }
}

interface Parties {
  readonly actor: Powers;
  readonly target: Powers;
}

function refuseBan(parties: Parties, until: Date | undefined, now: Date): AppError | undefined {
  const { actor, target } = parties;
  // A leap second is RFC 3339 and no Date: neither is it a moment to come.
  if (until !== undefined && !(until > now)) return authErrors.banEndPast();
  if (actor.account.id === target.account.id) return authErrors.ownBan();
  const denied = refuseStaff(parties);
  if (denied || statusAt(target.account, now) !== 'banned') return denied;
  const { bannedUntil, banReason } = target.account;
  return authErrors.alreadyBanned({
    extensions: { bannedUntil: bannedUntil?.toISOString() ?? null, banReason },
  });
}

function refuseStaff({ actor, target }: Parties): AppError | undefined {
  const isStaff = target.permissions.length > 0;
  return isStaff && !permits(actor.permissions, '*') ? authErrors.staffProtected() : undefined;
}

function standingOf(account: Account, now: Date) {
  const { bannedUntil, banReason } = account;
  return { status: statusAt(account, now), bannedUntil: bannedUntil?.toISOString() ?? null, banReason };
}
