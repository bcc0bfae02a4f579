import { sql } from 'kysely';
import type { Database, Tx } from '../database/index.js';
import { dueAtOnce, outbox } from './outbox.tables.js';

export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly aggregate: string | undefined;
  /** JSON. */
  readonly payload: string;
  readonly traceparent: string | undefined;
  readonly occurredAt: Date;
  readonly notBefore: Date | undefined;
}

/** The event and a delivery for each of its handlers, in one statement. */
export async function insertEvent(tx: Tx, event: NewEvent, handlers: readonly string[]): Promise<void> {
  const aggregate = event.aggregate ?? null;
  await sql`
    with event as (
      insert into outbox_events (id, type, aggregate, payload, traceparent, occurred_at, not_before)
      values (${event.id}, ${event.type}, ${aggregate}, ${event.payload}::jsonb, ${event.traceparent ?? null},
        ${event.occurredAt}, ${event.notBefore ?? null})
      returning seq
    )
    insert into outbox_deliveries (seq, handler, aggregate, state, visible_at)
    select seq, handler, ${aggregate}, 'ready', ${event.notBefore ?? dueAtOnce}
    from event cross join unnest(${handlers}::text[]) as handler
  `.execute(outbox(tx));
}

/** Whether the tables answer. */
export async function probeOutbox(database: Database): Promise<void> {
  await sql`select from outbox_lanes limit 1`.execute(outbox(database));
}

export interface OutboxStats {
  readonly pending: number;
  /** How long the delivery that has waited longest has been due, in seconds; 0 when none is. */
  readonly oldestSeconds: number;
  readonly dead: number;
}

/** Counts stop here: what is beyond it is an alarm anyway, and counting on would take long. */
const countMax = 100_000;

/** The outbox as a whole, of all instances together. At most `countMax` of each kind are counted. */
export async function readOutboxStats(database: Database, now: Date): Promise<OutboxStats> {
  const { rows } = await sql<{ pending: number; dead: number; oldest: Date | null }>`
    with recursive handlers as (
      (select handler from outbox_deliveries where state = 'ready' order by handler limit 1)
      union all
      select (select d.handler from outbox_deliveries d where d.state = 'ready' and d.handler > h.handler
        order by d.handler limit 1)
      from handlers h where h.handler is not null
    ), oldest as (
      select case when d.visible_at = ${dueAtOnce} then e.occurred_at else d.visible_at end as due_at
      from handlers h
      cross join lateral (
        select seq, visible_at from outbox_deliveries
        where state = 'ready' and handler = h.handler order by visible_at, seq limit 1
      ) d
      join outbox_events e on e.seq = d.seq
      union all
      select min(visible_at) from outbox_lanes where visible_at <= ${now}
    )
    select
      (select count(*) from (select from outbox_deliveries where state = 'ready' limit ${countMax}) r)
        + (select count(*) from (select from outbox_deliveries where state = 'queued' limit ${countMax}) q)
        as pending,
      (select count(*) from (select from outbox_deliveries where state = 'dead' limit ${countMax}) d) as dead,
      (select min(due_at) from oldest where due_at <= ${now}) as oldest
  `.execute(outbox(database));
  const { pending = 0, dead = 0, oldest = null } = rows[0] ?? {};
  const oldestSeconds = oldest === null ? 0 : Math.max(0, (now.getTime() - oldest.getTime()) / 1000);
  return { pending, oldestSeconds, dead };
}

/** Events that were written before `before` and that no delivery needs any more, a page of `max` from `afterSeq` on. */
export async function deleteHandledEvents(
  database: Database,
  { before, afterSeq, max }: { before: Date; afterSeq: number; max: number },
): Promise<{ deleted: number; lastSeq: number | undefined }> {
  const { rows } = await sql<{ deleted: number; last_seq: number | null }>`
    with page as (
      select seq from outbox_events where seq > ${afterSeq} and occurred_at < ${before} order by seq limit ${max}
    ), gone as (
      delete from outbox_events e using page p
      where e.seq = p.seq and not exists (select from outbox_deliveries d where d.seq = p.seq)
      returning e.seq
    )
    select (select count(*) from gone) as deleted, (select max(seq) from page) as last_seq
  `.execute(outbox(database));
  return { deleted: rows[0]?.deleted ?? 0, lastSeq: rows[0]?.last_seq ?? undefined };
}

/** At most `max` dead letters that failed for the last time before `before`; answers how many. */
export async function deleteDeadLetters(database: Database, before: Date, max: number): Promise<number> {
  const { rows } = await sql`
    delete from outbox_deliveries d
    using (
      select seq, handler from outbox_deliveries where state = 'dead' and failed_at < ${before} limit ${max}
      for update skip locked
    ) old
    where d.seq = old.seq and d.handler = old.handler
    returning d.seq
  `.execute(outbox(database));
  return rows.length;
}

/** Names of handlers, not among `known`, that have had due deliveries since `before`; at most `max` of them. */
export async function findUnknownHandlers(
  database: Database,
  { known, before, max }: { known: readonly string[]; before: Date; max: number },
): Promise<string[]> {
  const { rows } = await sql<{ handler: string }>`
    with recursive waiting as (
      (select handler from outbox_deliveries where state = 'ready' order by handler limit 1)
      union all
      select (select d.handler from outbox_deliveries d where d.state = 'ready' and d.handler > w.handler
        order by d.handler limit 1)
      from waiting w where w.handler is not null
    ), in_lanes as (
      (select handler from outbox_lanes order by handler limit 1)
      union all
      select (select l.handler from outbox_lanes l where l.handler > i.handler order by l.handler limit 1)
      from in_lanes i where i.handler is not null
    ), unknown as (
      select handler from waiting union select handler from in_lanes
    )
    select handler from unknown u
    where handler <> all(${known}::text[]) and (
      exists (
        select from outbox_deliveries d join outbox_events e on e.seq = d.seq
        where d.state = 'ready' and d.handler = u.handler and d.visible_at < ${before} and e.occurred_at < ${before}
      ) or exists (
        select from outbox_lanes l where l.handler = u.handler and l.visible_at < ${before}
      )
    )
    order by handler limit ${max}
  `.execute(outbox(database));
  return rows.map(({ handler }) => handler);
}
