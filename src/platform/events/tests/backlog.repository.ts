import { sql } from 'kysely';
import { type Database, type Queryable, tables } from '../../database/index.js';
import type { Delivery } from '../delivery.js';

/** What may lie in an outbox, and how its rows look; `n` counts from 1. */
const kinds = {
  ready: { aggregate: 'null', state: 'ready', visibleAt: 'epoch', lanes: 'none' },
  'ready, each its aggregate': {
    aggregate: "'own ' || n",
    state: 'ready',
    visibleAt: 'epoch',
    lanes: 'none',
  },
  'ready, one aggregate': { aggregate: "'hot'", state: 'ready', visibleAt: 'epoch', lanes: 'none' },
  delayed: { aggregate: 'null', state: 'ready', visibleAt: '2030-01-01', lanes: 'none' },
  dead: { aggregate: 'null', state: 'dead', visibleAt: 'epoch', lanes: 'none' },
  'in one blocked lane': { aggregate: "'blocked'", state: 'queued', visibleAt: 'epoch', lanes: 'one' },
  'in lanes that wait': { aggregate: "'waiting ' || n", state: 'queued', visibleAt: 'epoch', lanes: 'each' },
} as const;

export interface Backlog {
  readonly kind: keyof typeof kinds;
  readonly handler: string;
  readonly count: number;
}

/** Events of `test.counted` with deliveries, as many of them as would take minutes to write one by one. */
export async function fillBacklog(database: Database, { kind, handler, count }: Backlog): Promise<void> {
  const { aggregate, state, visibleAt, lanes } = kinds[kind];
  await sql`
    with events as (
      insert into outbox_events (id, type, aggregate, payload, occurred_at)
      select gen_random_uuid(), 'test.counted', ${sql.raw(aggregate)}, jsonb_build_object('number', n), '2026-01-01'
      from generate_series(1, ${count}::int) n
      returning seq, aggregate
    )
    insert into outbox_deliveries (seq, handler, aggregate, state, visible_at, last_error, failed_at)
    select seq, ${handler}, aggregate, ${state}, ${visibleAt}::timestamptz, 'Error: broken', '2026-01-01' from events
  `.execute(tables(database));
  if (lanes === 'none') return;
  await sql`
    insert into outbox_lanes (handler, aggregate, visible_at)
    select distinct ${handler}, ${sql.raw(aggregate)}, '2030-01-01'::timestamptz
    from generate_series(1, ${count}::int) n
  `.execute(tables(database));
}

export async function analyze(database: Database): Promise<void> {
  await sql`analyze`.execute(tables(database));
}

/** Rows that the open transaction has read from the tables of the outbox, with and without an index. */
export async function rowsRead(where: Queryable): Promise<number> {
  const { rows } = await sql<{ read: number }>`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint as read
    from pg_stat_xact_user_tables where relname like 'outbox%'
  `.execute(tables(where));
  return rows[0]?.read ?? Number.NaN;
}

/** Empties the outbox. */
export async function clearBacklog(database: Database): Promise<void> {
  await sql`truncate outbox_events, outbox_deliveries, outbox_lanes`.execute(tables(database));
}

const token = '00000000-0000-7000-8000-000000000001';

/** Claims all that is ready for a handler at once, for whoever wants to mark it. */
export async function takeBacklog(
  database: Database,
  handler: string,
): Promise<{ token: string; deliveries: Delivery[] }> {
  const { rows } = await sql<{ seq: number; id: string; payload: unknown; occurredAt: Date }>`
    with taken as (
      update outbox_deliveries set lease = ${token}, visible_at = '2999-01-01'
      where handler = ${handler} and state = 'ready' returning seq
    )
    select e.seq, e.id, e.payload, e.occurred_at as "occurredAt" from taken join outbox_events e using (seq)
  `.execute(tables(database));
  const fields = { handler, aggregate: undefined, attempt: 1, type: 'test.counted', traceparent: undefined };
  return { token, deliveries: rows.map((row) => ({ ...row, ...fields })) };
}
