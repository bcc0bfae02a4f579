import { sql } from 'kysely';
import { type Migration, type Queryable, tables } from '../../database/index.js';

/** What handlers of the tests do: a row for each event, so that a second effect shows. */
export const effectMigrations: readonly Migration[] = [
  {
    id: '9990-effects',
    up: `create table effects (
      position bigint generated always as identity, handler text not null, event_id uuid not null, number integer not null
    )`,
  },
];

export interface Effect {
  readonly handler: string;
  readonly eventId: string;
  readonly number: number;
}

/** In the order of `effects`. */
export async function insertEffects(where: Queryable, effects: readonly Effect[]): Promise<void> {
  await sql`
    insert into effects (handler, event_id, number)
    select handler, event_id, number from unnest(
      ${effects.map((e) => e.handler)}::text[], ${effects.map((e) => e.eventId)}::uuid[],
      ${effects.map((e) => e.number)}::int[]
    ) with ordinality as e(handler, event_id, number, place) order by place
  `.execute(tables(where));
}

/** In the order of their writing. */
export async function readEffects(where: Queryable, handler?: string): Promise<Effect[]> {
  const { rows } = await sql<Effect>`
    select handler, event_id as "eventId", number from effects
    where ${handler ?? null}::text is null or handler = ${handler ?? null} order by position
  `.execute(tables(where));
  return rows;
}

export interface DeliveryState {
  readonly handler: string;
  readonly state: string;
  readonly attempts: number;
  readonly leased: boolean;
  readonly visibleAt: Date;
  readonly lastError: string | null;
}

/** In the order of their events. */
export async function readDeliveries(where: Queryable): Promise<DeliveryState[]> {
  const { rows } = await sql<DeliveryState>`
    select d.handler, d.state, d.attempts, coalesce(l.lease, d.lease) is not null as leased,
      coalesce(l.visible_at, d.visible_at) as "visibleAt", d.last_error as "lastError"
    from outbox_deliveries d
    left join outbox_lanes l on d.state = 'queued' and l.handler = d.handler and l.aggregate = d.aggregate
    order by d.seq, d.handler
  `.execute(tables(where));
  return rows;
}

export async function countEvents(where: Queryable): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from outbox_events`.execute(
    tables(where),
  );
  return rows[0]?.count ?? 0;
}

export async function countPending(where: Queryable): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from outbox_deliveries where state <> 'dead') + (select count(*) from outbox_lanes) as count
  `.execute(tables(where));
  return rows[0]?.count ?? 0;
}
