import { sql } from 'kysely';
import type { Database, Queryable, Tx } from '../database/index.js';
import { type Delivery, inLockOrder, type Lane } from './delivery.js';
import { dueAtOnce, outbox } from './outbox.tables.js';

/**
 * Removes handled deliveries; answers how many were there to remove. Of two holders only one removes a delivery:
 * the other one waits for it here and then finds nothing, so its transaction has to be undone.
 */
export async function removeHandled(
  where: Queryable,
  deliveries: readonly Delivery[],
  token: string,
): Promise<number> {
  const [only] = deliveries;
  const { numAffectedRows } =
    deliveries.length === 1 && only
      ? await sql`
          delete from outbox_deliveries where seq = ${only.seq} and handler = ${only.handler}
            and (state = 'queued' or (state = 'ready' and lease = ${token}))
        `.execute(outbox(where))
      : await sql`
          delete from outbox_deliveries d
          using unnest(${deliveries.map((d) => d.seq)}::bigint[], ${deliveries.map((d) => d.handler)}::text[])
            as t(seq, handler)
          where d.seq = t.seq and d.handler = t.handler
            and (d.state = 'queued' or (d.state = 'ready' and d.lease = ${token}))
        `.execute(outbox(where));
  return Number(numAffectedRows ?? 0);
}

/** What a failed try leads to. */
export interface Failure {
  readonly lastError: string;
  readonly failedAt: Date;
  /** Undefined: given up. */
  readonly retryAt: Date | undefined;
}

/** Writes a failed try down, unless somebody else has the delivery by now. */
export async function recordFailure(
  database: Database,
  delivery: Delivery,
  { lastError, failedAt, retryAt }: Failure,
  token: string,
): Promise<boolean> {
  const dead = retryAt === undefined;
  const { rows } = await sql`
    with failed as (
      update outbox_deliveries set
        attempts = ${delivery.attempt}, last_error = ${lastError}, failed_at = ${failedAt}::timestamptz, lease = null,
        state = case when ${dead}::boolean then 'dead' else state end,
        visible_at = case when state = 'ready' then ${retryAt ?? failedAt}::timestamptz else visible_at end
      where seq = ${delivery.seq} and handler = ${delivery.handler} and attempts = ${delivery.attempt - 1}
        and (state = 'queued' or (state = 'ready' and lease = ${token}))
      returning aggregate, state
    ), lane as (
      update outbox_lanes l set visible_at = ${retryAt ?? failedAt}::timestamptz, lease = null
      from failed f
      where f.state = 'queued' and l.handler = ${delivery.handler} and l.aggregate = f.aggregate
        and l.lease = ${token}
    )
    select state from failed
  `.execute(outbox(database));
  return rows.length > 0;
}

/** Gives back deliveries that were not started: they are due at once, and no attempt is counted. */
export async function giveBackReady(
  database: Database,
  deliveries: readonly Delivery[],
  token: string,
): Promise<void> {
  await sql`
    update outbox_deliveries d set visible_at = ${dueAtOnce}, lease = null
    from unnest(${deliveries.map((d) => d.seq)}::bigint[], ${deliveries.map((d) => d.handler)}::text[])
      as t(seq, handler)
    where d.seq = t.seq and d.handler = t.handler and d.state = 'ready' and d.lease = ${token}
  `.execute(outbox(database));
}

/**
 * Ends the leases of lanes. One that is empty is removed, unless its version shows that more was queued since its
 * deliveries were read.
 */
export async function releaseLanes(
  tx: Tx,
  lanes: readonly Lane[],
  { token, now }: { readonly token: string; readonly now: Date },
): Promise<void> {
  const ordered = inLockOrder(lanes);
  const { rows } = await sql<{ handler: string; aggregate: string; removed: boolean }>`
    with own as materialized (
      select l.place, t.handler, t.aggregate, l.complete
      from unnest(${ordered.map((l) => l.handler)}::text[], ${ordered.map((l) => l.aggregate)}::text[],
        ${ordered.map((l) => l.version)}::bigint[]) as t(handler, aggregate, version)
      cross join lateral (
        select ctid as place, version = t.version as complete from outbox_lanes
        where handler = t.handler and aggregate = t.aggregate and lease = ${token}
        limit 1 for update
      ) l
    ), removed as (
      delete from outbox_lanes where ctid = any(array(
        select o.place from own o
        where o.complete and not exists (
          select from outbox_deliveries d
          where d.handler = o.handler and d.aggregate = o.aggregate and d.state = 'queued'
        )
      ))
      returning handler, aggregate
    )
    select o.handler, o.aggregate, r.handler is not null as removed
    from own o left join removed r on r.handler = o.handler and r.aggregate = o.aggregate
  `.execute(outbox(tx));
  const left = rows.filter(({ removed }) => !removed);
  if (left.length === 0) return;
  await sql`
    update outbox_lanes l set visible_at = ${now}, lease = null
    from unnest(${left.map((l) => l.handler)}::text[], ${left.map((l) => l.aggregate)}::text[])
      as t(handler, aggregate)
    where l.handler = t.handler and l.aggregate = t.aggregate and l.lease = ${token}
  `.execute(outbox(tx));
}

/** Ends all leases, for a process that knows that no other one has any; their holders' tries count as failed. */
export async function endAllLeases(tx: Tx, now: Date): Promise<void> {
  await sql`update outbox_deliveries set visible_at = ${now} where lease is not null and state = 'ready'`.execute(
    outbox(tx),
  );
  await sql`update outbox_lanes set visible_at = ${now} where lease is not null`.execute(outbox(tx));
}
