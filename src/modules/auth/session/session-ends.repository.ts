import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';
import type { DeviceClass, EndReason } from './session.domain.js';
import { liveAt } from './session.repository.js';

export interface Ending {
  readonly reason: EndReason;
  readonly at: Date;
  readonly byDevice?: string | undefined;
}

/** The sessions that share a limit: all of a user, or those of a device class. */
export interface LimitedSessions {
  readonly userId: string;
  readonly deviceClass: DeviceClass | undefined;
}

export interface EndedSession {
  readonly id: string;
  readonly deviceClass: DeviceClass;
}

/** Waits for whoever opens or ends sessions of this user; inserts with a foreign key to the row go on. */
export async function lockUser(tx: Tx, userId: string): Promise<void> {
  await tables<AuthTables>(tx)
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .forNoKeyUpdate()
    .execute();
}

function written({ reason, at, byDevice }: Ending) {
  return { ended_at: at, end_reason: reason, ended_by_device: byDevice ?? null };
}

function endLive(tx: Tx, userId: string, ending: Ending) {
  return tables<AuthTables>(tx)
    .updateTable('sessions')
    .set(written(ending))
    .where('user_id', '=', userId)
    .where(liveAt(ending.at))
    .returning(['id', 'device_class as deviceClass']);
}

/** Ends a live session of the user; the first reason stays. */
export async function endSession(
  tx: Tx,
  userId: string,
  id: string,
  ending: Ending,
): Promise<EndedSession[]> {
  const rows = await endLive(tx, userId, ending).where('id', '=', id).execute();
  return rows as EndedSession[];
}

/** Ends the live sessions of a user, all but `except`. */
export async function endSessionsOf(
  tx: Tx,
  userId: string,
  ending: Ending,
  except: string | undefined,
): Promise<EndedSession[]> {
  let query = endLive(tx, userId, ending);
  if (except !== undefined) query = query.where('id', '<>', except);
  return (await query.execute()) as EndedSession[];
}

export async function endSessionsOnDevice(
  tx: Tx,
  userId: string,
  deviceId: string,
  ending: Ending,
): Promise<EndedSession[]> {
  const rows = await endLive(tx, userId, ending).where('device_id', '=', deviceId).execute();
  return rows as EndedSession[];
}

/**
 * Ends all live sessions beyond the first `keep` by what `keepBy` says, latest first; the id decides a tie. Once chosen
 * a session ends, also when it is used meanwhile. The join is by id alone: a planner that expects one row of a user would
 * compare each of their sessions with each of the surplus.
 */
export async function endSurplusSessions(
  tx: Tx,
  limited: LimitedSessions,
  { keep, keepBy }: { readonly keep: number; readonly keepBy: 'last_seen_at' | 'created_at' },
  ending: Ending,
): Promise<EndedSession[]> {
  const surplus = limitedSessions(tx, limited, ending.at)
    .select('id as surplusId')
    .orderBy(keepBy, 'desc')
    .orderBy('id', 'desc')
    .offset(keep)
    .as('surplus');
  const rows = await tables<AuthTables>(tx)
    .updateTable('sessions')
    .from(surplus)
    .set(written(ending))
    .whereRef('sessions.id', '=', 'surplus.surplusId')
    .where('ended_at', 'is', null)
    .returning(['id', 'device_class as deviceClass'])
    .execute();
  return rows as EndedSession[];
}

export function limitedSessions(where: Queryable, { userId, deviceClass }: LimitedSessions, now: Date) {
  const query = tables<AuthTables>(where)
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where(liveAt(now));
  return deviceClass === undefined ? query : query.where('device_class', '=', deviceClass);
}

/** Ends a session whose refresh token of an earlier generation than its own came back. */
export async function endReusedSession(tx: Tx, id: string, presented: number, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tables<AuthTables>(tx)
    .updateTable('sessions')
    .set({ ended_at: at, end_reason: 'refresh-reused' })
    .where('id', '=', id)
    .where('generation', '>', presented)
    .where(liveAt(at))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Writes the end of up to `max` expired sessions at the moment it came; leaves alone what others hold. */
export async function endExpiredSessions(
  tx: Tx,
  now: Date,
  max: number,
): Promise<{ id: string; reason: EndReason }[]> {
  const db = tables<AuthTables>(tx);
  const expired = db
    .selectFrom('sessions')
    .select('id')
    .where('ended_at', 'is', null)
    .where('idle_until', '<=', now)
    .orderBy('idle_until')
    .limit(max)
    .forUpdate()
    .skipLocked();
  return db
    .updateTable('sessions')
    .set({
      ended_at: sql<Date>`idle_until`,
      end_reason: sql<string>`case when idle_until < expires_at then 'idle' else 'absolute' end`,
    })
    .where('id', 'in', expired)
    .returning(['id', sql<EndReason>`end_reason`.as('reason')])
    .execute();
}

/** Removes up to `max` sessions that ended before a moment; answers how many. */
export async function deleteEndedSessions(where: Queryable, endedBefore: Date, max: number): Promise<number> {
  const db = tables<AuthTables>(where);
  const old = db
    .selectFrom('sessions')
    .select('id')
    .where('ended_at', '<', endedBefore)
    .orderBy('ended_at')
    .limit(max)
    .forUpdate()
    .skipLocked();
  const { numDeletedRows } = await db.deleteFrom('sessions').where('id', 'in', old).executeTakeFirst();
  return Number(numDeletedRows);
}
