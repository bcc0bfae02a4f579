import { type ExpressionBuilder, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';
import type { DeviceClass, SessionMoments } from './session.domain.js';

export interface Session extends SessionMoments {
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string | null;
  readonly deviceName: string | null;
  readonly deviceClass: DeviceClass;
  readonly address: string | null;
  readonly generation: number;
  readonly rotatedAt: Date | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

export type NewSession = Omit<Session, keyof SessionMoments | 'generation' | 'rotatedAt' | 'lastSeenAt'> &
  Pick<SessionMoments, 'idleUntil' | 'expiresAt'>;

export const sessionColumns = [
  'sessions.id',
  'sessions.user_id as userId',
  'sessions.device_id as deviceId',
  'sessions.device_name as deviceName',
  'sessions.device_class as deviceClass',
  'sessions.address',
  'sessions.generation',
  'sessions.rotated_at as rotatedAt',
  'sessions.created_at as createdAt',
  'sessions.last_seen_at as lastSeenAt',
  'sessions.idle_until as idleUntil',
  'sessions.expires_at as expiresAt',
  'sessions.ended_at as endedAt',
  'sessions.end_reason as endReason',
  'sessions.ended_by_device as endedByDevice',
] as const;

/** The condition of `sessionEnd` in SQL: not ended, and none of its moments has come. */
export function liveAt(now: Date) {
  return ({ and, eb }: ExpressionBuilder<AuthTables, 'sessions'>) =>
    and([eb('ended_at', 'is', null), eb('idle_until', '>', now), eb('expires_at', '>', now)]);
}

export async function findSession(where: Queryable, id: string): Promise<Session | undefined> {
  const row = await tables<AuthTables>(where)
    .selectFrom('sessions')
    .select(sessionColumns)
    .where('id', '=', id)
    .executeTakeFirst();
  return row as Session | undefined;
}

/** All sessions of the user on record, living or ended, by id. */
export async function pageOfAllSessions(
  where: Queryable,
  userId: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<Session[]> {
  let query = tables<AuthTables>(where)
    .selectFrom('sessions')
    .select(sessionColumns)
    .where('user_id', '=', userId);
  if (after !== undefined) query = query.where('id', '>', after);
  return (await query.orderBy('id').limit(limit).execute()) as Session[];
}

export interface SessionPosition {
  readonly lastSeenAt: Date;
  readonly id: string;
}

/** The user's sessions that live at `now`, last used first. */
export async function listLiveSessions(
  where: Queryable,
  userId: string,
  page: { now: Date; limit: number; after: SessionPosition | undefined },
): Promise<Session[]> {
  let query = tables<AuthTables>(where)
    .selectFrom('sessions')
    .select(sessionColumns)
    .where('user_id', '=', userId)
    .where(liveAt(page.now));
  const { after } = page;
  if (after) {
    query = query.where(({ or, and, eb }) =>
      or([
        eb('last_seen_at', '<', after.lastSeenAt),
        and([eb('last_seen_at', '=', after.lastSeenAt), eb('id', '<', after.id)]),
      ]),
    );
  }
  const rows = await query.orderBy('last_seen_at', 'desc').orderBy('id', 'desc').limit(page.limit).execute();
  return rows as Session[];
}

export async function insertSession(tx: Tx, session: NewSession): Promise<void> {
  await tables<AuthTables>(tx)
    .insertInto('sessions')
    .values({
      id: session.id,
      user_id: session.userId,
      device_id: session.deviceId,
      device_name: session.deviceName,
      device_class: session.deviceClass,
      address: session.address,
      created_at: session.createdAt,
      last_seen_at: session.createdAt,
      idle_until: session.idleUntil,
      expires_at: session.expiresAt,
    })
    .execute();
}

/**
 * Moves a live session from a generation to the next and answers it. Of many calls for one generation exactly one
 * succeeds. A clock behind the one of the last use takes no time away.
 */
export async function rotateSession(
  where: Queryable,
  session: { readonly id: string; readonly generation: number },
  { now, idleUntil }: { readonly now: Date; readonly idleUntil: Date },
): Promise<Session | undefined> {
  const row = await tables<AuthTables>(where)
    .updateTable('sessions')
    .set({
      generation: session.generation + 1,
      rotated_at: now,
      last_seen_at: sql<Date>`greatest(last_seen_at, ${now})`,
      idle_until: sql<Date>`case when last_seen_at > ${now} then idle_until else ${idleUntil} end`,
    })
    .where('id', '=', session.id)
    .where('generation', '=', session.generation)
    .where(liveAt(now))
    .returning(sessionColumns)
    .executeTakeFirst();
  return row as Session | undefined;
}

/** Slides the idle end of a live session that was last seen before `seenBefore`; else does nothing and answers false. */
export async function touchSession(
  where: Queryable,
  id: string,
  { now, idleUntil, seenBefore }: { readonly now: Date; readonly idleUntil: Date; readonly seenBefore: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tables<AuthTables>(where)
    .updateTable('sessions')
    .set({ last_seen_at: now, idle_until: idleUntil })
    .where('id', '=', id)
    .where('last_seen_at', '<=', seenBefore)
    .where(liveAt(now))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
