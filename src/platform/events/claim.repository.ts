import { type RawBuilder, sql } from 'kysely';
import type { Database, Queryable, Tx } from '../database/index.js';
import { type Delivery, inLockOrder, type Lane } from './delivery.js';
import { dueAtOnce, outbox } from './outbox.tables.js';

/** How many deliveries this instance can take for a handler now. */
export interface Room {
  readonly handler: string;
  readonly room: number;
}

export interface Lease {
  /** UUID, new for each claim: a holder that lost it can't take another's for its own. */
  readonly token: string;
  readonly until: Date;
}

interface DeliveryRow {
  seq: number;
  handler: string;
  aggregate: string | null;
  attempts: number;
  id: string;
  type: string;
  payload: unknown;
  traceparent: string | null;
  occurred_at: Date;
}

interface LaneRow {
  handler: string;
  aggregate: string;
  version: number;
}

/** When the next delivery or lane of these handlers is due or its lease ends; undefined when there is none. */
export async function nextDueAt(where: Queryable, handlers: readonly string[]): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(least(
      (select visible_at from outbox_deliveries d where d.state = 'ready' and d.handler = h.handler
        order by visible_at limit 1),
      (select visible_at from outbox_lanes l where l.handler = h.handler order by visible_at limit 1)
    )) as at
    from unnest(${handlers}::text[]) as h(handler)
  `.execute(outbox(where));
  return rows[0]?.at ?? undefined;
}

/**
 * The planner takes `limit` by a parameter for a tenth of the table and would read all of it: rows are fetched where
 * they were found (`ctid`, they are locked), and each event by its key, which a `limit` inside of it enforces.
 */
const eventOf = (seq: RawBuilder<unknown>) =>
  sql`select id, type, payload, traceparent, occurred_at from outbox_events where seq = ${seq} limit 1`;

/**
 * Takes due deliveries that stand by themselves, oldest first, at most `room` of those that are new and a quarter
 * of it of those that come back or were delayed, so that neither starves the other. Those of an aggregate go into
 * its lane: see `openLanes`; one that overtook another of its aggregate, which somebody else is about to queue, waits
 * for the next look. A delivery whose lease has ended counts one attempt more.
 */
export async function takeReady(
  tx: Tx,
  rooms: readonly Room[],
  lease: Lease,
  now: Date,
): Promise<Delivery[]> {
  const { rows } = await sql<DeliveryRow>`
    with picked as materialized (
      select d.place, r.handler, d.aggregate, d.seq
      from unnest(${rooms.map((r) => r.handler)}::text[], ${rooms.map((r) => r.room)}::int[]) as r(handler, room)
      cross join lateral (
        select * from (
          select ctid as place, aggregate, seq from outbox_deliveries
          where state = 'ready' and handler = r.handler and visible_at = ${dueAtOnce}
          order by seq limit r.room for update skip locked
        ) fresh
        union all
        select * from (
          select ctid as place, aggregate, seq from outbox_deliveries
          where state = 'ready' and handler = r.handler and visible_at > ${dueAtOnce} and visible_at <= ${now}
          order by visible_at, seq limit (r.room + 3) / 4 for update skip locked
        ) later
      ) d
    ), reach as materialized (
      select handler, max(seq) as last from picked where aggregate is not null group by handler
    ), passed_over as materialized (
      select d.handler, d.aggregate, min(d.seq) as seq
      from reach r cross join lateral (
        select ctid as place, handler, aggregate, seq from outbox_deliveries
        where state = 'ready' and handler = r.handler and visible_at = ${dueAtOnce} and seq < r.last
        union all
        select ctid, handler, aggregate, seq from outbox_deliveries
        where state = 'ready' and handler = r.handler and visible_at > ${dueAtOnce} and visible_at <= ${now}
          and seq < r.last
      ) d
      where d.aggregate is not null and not exists (select from picked p where p.place = d.place)
      group by d.handler, d.aggregate
    ), taken as (
      update outbox_deliveries d set
        state = case when d.aggregate is null then 'ready' else 'queued' end,
        visible_at = case when d.aggregate is null then ${lease.until}::timestamptz else d.visible_at end,
        attempts = d.attempts + case when d.lease is null then 0 else 1 end,
        lease = case when d.aggregate is null then ${lease.token}::uuid end
      where d.ctid = any(array(
        select place from picked p where not exists (
          select from passed_over o where o.handler = p.handler and o.aggregate = p.aggregate and o.seq < p.seq)))
      returning d.seq, d.handler, d.aggregate, d.attempts
    )
    select t.seq, t.handler, t.aggregate, t.attempts, e.id, e.type, e.payload, e.traceparent, e.occurred_at
    from taken t cross join lateral (${eventOf(sql`t.seq`)}) e
    order by t.seq
  `.execute(outbox(tx));
  return rows.map(deliveryOf);
}

/**
 * Makes the lanes that deliveries were just queued in, and answers those that did not exist: they are the caller's.
 * For the others their version is raised, which tells whoever is about to remove one that more has come.
 */
export async function openLanes(
  tx: Tx,
  lanes: readonly { readonly handler: string; readonly aggregate: string }[],
  lease: Lease,
): Promise<Lane[]> {
  const ordered = inLockOrder(lanes).filter(
    (lane, index, all) =>
      lane.handler !== all[index - 1]?.handler || lane.aggregate !== all[index - 1]?.aggregate,
  );
  const { rows } = await sql<LaneRow & { created: boolean }>`
    insert into outbox_lanes as l (handler, aggregate, visible_at, lease)
    select handler, aggregate, ${lease.until}::timestamptz, ${lease.token}::uuid
    from unnest(${ordered.map((l) => l.handler)}::text[], ${ordered.map((l) => l.aggregate)}::text[])
      as n(handler, aggregate)
    on conflict (handler, aggregate) do update set version = l.version + 1
    returning handler, aggregate, version, lease = ${lease.token}::uuid as created
  `.execute(outbox(tx));
  return rows.filter(({ created }) => created).map(laneOf);
}

/** Takes lanes that are due and nobody's. The first delivery of one whose lease has ended counts one attempt more. */
export async function takeLanes(tx: Tx, rooms: readonly Room[], lease: Lease, now: Date): Promise<Lane[]> {
  const { rows } = await sql<LaneRow & { abandoned: boolean }>`
    with picked as materialized (
      select l.place, l.handler, l.aggregate, l.abandoned
      from unnest(${rooms.map((r) => r.handler)}::text[], ${rooms.map((r) => r.room)}::int[]) as r(handler, room)
      cross join lateral (
        select ctid as place, handler, aggregate, lease is not null as abandoned from outbox_lanes
        where handler = r.handler and visible_at <= ${now}
        order by visible_at limit r.room for update skip locked
      ) l
    ), taken as (
      update outbox_lanes set visible_at = ${lease.until}, lease = ${lease.token}
      where ctid = any(array(select place from picked))
      returning handler, aggregate, version
    )
    select t.handler, t.aggregate, t.version, p.abandoned
    from taken t join picked p on p.handler = t.handler and p.aggregate = t.aggregate
  `.execute(outbox(tx));
  const abandoned = rows.filter((row) => row.abandoned);
  if (abandoned.length > 0) await countAbandoned(tx, abandoned);
  return rows.map(laneOf);
}

async function countAbandoned(tx: Tx, lanes: readonly LaneRow[]): Promise<void> {
  await sql`
    update outbox_deliveries d set attempts = d.attempts + 1
    from unnest(${lanes.map((l) => l.handler)}::text[], ${lanes.map((l) => l.aggregate)}::text[])
      as l(handler, aggregate)
    where d.handler = l.handler and d.state = 'queued' and d.seq = (
      select min(q.seq) from outbox_deliveries q
      where q.handler = l.handler and q.aggregate = l.aggregate and q.state = 'queued'
    )
  `.execute(outbox(tx));
}

/** The first `max` deliveries of each lane, in the order of their aggregate. */
export async function readLanes(tx: Tx, lanes: readonly Lane[], max: number): Promise<Delivery[]> {
  const { rows } = await sql<DeliveryRow>`
    select d.seq, d.handler, d.aggregate, d.attempts, e.id, e.type, e.payload, e.traceparent, e.occurred_at
    from unnest(${lanes.map((l) => l.handler)}::text[], ${lanes.map((l) => l.aggregate)}::text[])
      as l(handler, aggregate)
    cross join lateral (
      select seq, handler, aggregate, attempts from outbox_deliveries
      where handler = l.handler and aggregate = l.aggregate and state = 'queued'
      order by seq limit ${max}
    ) d
    cross join lateral (${eventOf(sql`d.seq`)}) e
    order by d.seq
  `.execute(outbox(tx));
  return rows.map(deliveryOf);
}

/** Prolongs the leases of lanes; answers those that are still the caller's. */
export async function renewLanes(database: Database, lanes: readonly Lane[], lease: Lease): Promise<Lane[]> {
  const { rows } = await sql<LaneRow>`
    update outbox_lanes l set visible_at = ${lease.until}
    from unnest(${lanes.map((l) => l.handler)}::text[], ${lanes.map((l) => l.aggregate)}::text[])
      as t(handler, aggregate)
    where l.handler = t.handler and l.aggregate = t.aggregate and l.lease = ${lease.token}
    returning l.handler, l.aggregate, l.version
  `.execute(outbox(database));
  return rows.map(laneOf);
}

/** Prolongs the leases of deliveries that stand by themselves; answers the `seq` of those that are still the caller's. */
export async function renewReady(
  database: Database,
  deliveries: readonly Delivery[],
  lease: Lease,
): Promise<Set<number>> {
  const { rows } = await sql<{ seq: number }>`
    update outbox_deliveries d set visible_at = ${lease.until}
    from unnest(${deliveries.map((d) => d.seq)}::bigint[], ${deliveries.map((d) => d.handler)}::text[])
      as t(seq, handler)
    where d.seq = t.seq and d.handler = t.handler and d.state = 'ready' and d.lease = ${lease.token}
    returning d.seq
  `.execute(outbox(database));
  return new Set(rows.map(({ seq }) => seq));
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    seq: row.seq,
    handler: row.handler,
    aggregate: row.aggregate ?? undefined,
    attempt: row.attempts + 1,
    id: row.id,
    type: row.type,
    payload: row.payload,
    traceparent: row.traceparent ?? undefined,
    occurredAt: row.occurred_at,
  };
}

function laneOf({ handler, aggregate, version }: LaneRow): Lane {
  return { handler, aggregate, version };
}
