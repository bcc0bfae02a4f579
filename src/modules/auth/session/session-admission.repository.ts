import { type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';
import { type Session, sessionColumns } from './session.repository.js';
import { type LimitedSessions, limitedSessions } from './session-ends.repository.js';

/** Whether a session that is still on record, living or ended, was opened on the device. */
export async function knowsDevice(tx: Tx, userId: string, deviceId: string): Promise<boolean> {
  const row = await tables<AuthTables>(tx)
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function countLimitedSessions(tx: Tx, limited: LimitedSessions, now: Date): Promise<number> {
  const row = await limitedSessions(tx, limited, now)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Newest first. */
export async function listLimitedSessions(
  tx: Tx,
  limited: LimitedSessions,
  now: Date,
  max: number,
): Promise<Session[]> {
  const rows = await limitedSessions(tx, limited, now)
    .select(sessionColumns)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(max)
    .execute();
  return rows as Session[];
}
