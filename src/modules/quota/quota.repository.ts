import { sql } from 'kysely';
import { type Database, tables } from '../../platform/database/index.js';
import type { Day } from './calendar.domain.js';
import type { Reservation } from './operation.domain.js';
import type { Grant } from './quota.domain.js';
import type { HistoryEntry } from './quota.port.js';
import type { GrantRow, JournalRow, QuotaTables, ReservationRow } from './quota.tables.js';
import { grantOf, reservationOf } from './round.repository.js';

export interface UserQuota {
  /** Those of the day, and those that overdue reservations are split over. */
  readonly grants: readonly Grant[];
  /** Open and past their end: to be read as settled at what was noted. */
  readonly overdue: readonly Reservation[];
  readonly suspended: boolean;
}

/** One statement, so that grants and reservations are of one moment. */
export async function readUserQuota(
  database: Database,
  userId: string,
  moment: { now: Date; day: Day },
): Promise<UserQuota> {
  const { rows } = await sql<{ grants: GrantRow[]; overdue: ReservationRow[]; suspended: boolean }>`
    with overdue as (
      select * from quota_reservations
      where user_id = ${userId} and state = 'open' and expires_at <= ${moment.now}
    ), grants as (
      select * from quota_grants where user_id = ${userId} and ends_at > ${moment.day.startsAt}
      union
      select * from quota_grants where id in (
        select (share ->> 'grantId')::uuid from overdue, jsonb_array_elements(split) share)
    )
    select
      (select coalesce(json_agg(g), '[]') from grants g) as grants,
      (select coalesce(json_agg(o), '[]') from overdue o) as overdue,
      exists (select from quota_suspensions where user_id = ${userId}) as suspended
  `.execute(tables<QuotaTables>(database));
  const [row] = rows;
  if (!row) throw new Error('a select without a table answered no row');
  return {
    grants: row.grants.map(grantOf),
    overdue: row.overdue.map(reservationOf),
    suspended: row.suspended,
  };
}

/** The user's history, newest first, after the entry `beforeId`. */
export async function listHistory(
  database: Database,
  userId: string,
  page: { limit: number; beforeId: string | undefined },
): Promise<HistoryEntry[]> {
  const newest = tables<QuotaTables>(database)
    .selectFrom('quota_journal')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(page.limit);
  const rows = await (page.beforeId === undefined
    ? newest
    : newest.where('id', '<', page.beforeId)
  ).execute();
  return rows.map(historyEntryOf);
}

/** A cheap look at the hottest table. Rejects when it cannot be read. */
export async function probe(database: Database): Promise<void> {
  await sql`select 1 from quota_grants limit 1`.execute(tables<QuotaTables>(database));
}

function historyEntryOf(row: JournalRow): HistoryEntry {
  return {
    id: row.id,
    kind: row.kind,
    tokens: row.tokens,
    callId: row.call_id,
    operation: row.operation,
    model: row.model,
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    absorbedTokens: row.absorbed_tokens,
    at: row.at.toISOString(),
  };
}
