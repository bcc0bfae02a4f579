import type { ColumnType } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';

type Moment = ColumnType<Date, Date, Date>;
type MomentOrNull = ColumnType<Date | null, Date | null | undefined, Date | null>;

interface BanTables extends Pick<AuthTables, 'users'> {
  user_bans: {
    id: string;
    user_id: string;
    reason: string;
    until: MomentOrNull;
    banned_by: string;
    banned_at: Moment;
    lifted_by: ColumnType<string | null, string | undefined, string>;
    lifted_at: MomentOrNull;
    lift_reason: ColumnType<string | null, string | null | undefined, string | null>;
  };
}

export interface Ban {
  readonly id: string;
  readonly reason: string;
  readonly until: Date | null;
  readonly bannedBy: string;
  readonly bannedAt: Date;
  readonly liftedBy: string | null;
  readonly liftedAt: Date | null;
  readonly liftReason: string | null;
}

export interface NewBan extends Pick<Ban, 'id' | 'reason' | 'until' | 'bannedBy' | 'bannedAt'> {
  readonly userId: string;
}

/** The caller holds the user's row. */
export async function insertBan(tx: Tx, ban: NewBan): Promise<void> {
  const db = tables<BanTables>(tx);
  await db
    .insertInto('user_bans')
    .values({
      id: ban.id,
      user_id: ban.userId,
      reason: ban.reason,
      until: ban.until,
      banned_by: ban.bannedBy,
      banned_at: ban.bannedAt,
    })
    .execute();
  await setStanding(tx, ban.userId, 'banned', ban, ban.bannedAt);
}

/** Lifts the ban in force; those that are over stay as they were. The caller holds the user's row. */
export async function liftBan(
  tx: Tx,
  userId: string,
  lift: { readonly by: string; readonly at: Date; readonly reason: string | null },
): Promise<void> {
  const db = tables<BanTables>(tx);
  await db
    .updateTable('user_bans')
    .set({ lifted_by: lift.by, lifted_at: lift.at, lift_reason: lift.reason })
    .where('user_id', '=', userId)
    .where('lifted_at', 'is', null)
    .where(({ or, eb }) => or([eb('until', 'is', null), eb('until', '>', lift.at)]))
    .execute();
  await setStanding(tx, userId, 'active', { until: null, reason: null }, lift.at);
}

async function setStanding(
  tx: Tx,
  userId: string,
  status: 'active' | 'banned',
  { until, reason }: { readonly until: Date | null; readonly reason: string | null },
  now: Date,
): Promise<void> {
  await tables<BanTables>(tx)
    .updateTable('users')
    .set(({ eb }) => ({
      status,
      banned_until: until,
      ban_reason: reason,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('id', '=', userId)
    .execute();
}

/** Of a user, newest first, at most `limit`, before one of them. */
export async function listBans(
  where: Queryable,
  userId: string,
  { limit, beforeId }: { readonly limit: number; readonly beforeId?: string | undefined },
): Promise<Ban[]> {
  const query = tables<BanTables>(where)
    .selectFrom('user_bans')
    .select([
      ...(['id', 'reason', 'until'] as const),
      'banned_by as bannedBy',
      'banned_at as bannedAt',
      'lifted_by as liftedBy',
      'lifted_at as liftedAt',
      'lift_reason as liftReason',
    ])
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(limit);
  return (beforeId === undefined ? query : query.where('id', '<', beforeId)).execute();
}

const bansPerPage = 100;

/** All of a user, newest first, in pages. */
export async function* banPages(where: Queryable, userId: string): AsyncGenerator<readonly Ban[]> {
  let beforeId: string | undefined;
  do {
    const page = await listBans(where, userId, { limit: bansPerPage, beforeId });
    yield page;
    beforeId = page.length < bansPerPage ? undefined : page.at(-1)?.id;
  } while (beforeId !== undefined);
}

/** That there were bans, when and by whom stays. */
export async function eraseBanTexts(tx: Tx, userId: string): Promise<void> {
  const erased = { reason: '', lift_reason: null };
  await tables<BanTables>(tx).updateTable('user_bans').set(erased).where('user_id', '=', userId).execute();
}
