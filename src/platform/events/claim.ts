import type { Database } from '../database/index.js';
import { type Lease, openLanes, type Room, readLanes, takeLanes, takeReady } from './claim.repository.js';
import type { Delivery, Lane } from './delivery.js';

/** What a handler gets to do in one go: a delivery that stands by itself, or a run of a lane. */
export interface Claimed {
  readonly handler: string;
  /** Undefined for a delivery that stands by itself. */
  readonly lane: Lane | undefined;
  /** In the order in which they are to be handled. */
  readonly deliveries: readonly Delivery[];
}

export interface Claim {
  readonly claimed: readonly Claimed[];
  /** Some handler got as much as there was room for: there may be more. */
  readonly more: boolean;
}

interface ClaimOptions {
  readonly rooms: readonly Room[];
  readonly lease: Lease;
  readonly now: Date;
  /** Deliveries of one lane at most. */
  readonly laneRunMax: number;
}

/**
 * Takes due work for this instance, in a transaction of its own that commits before any of it starts. Any number of
 * instances may do so at once: what another one is just taking is passed over.
 */
export async function claim(
  database: Database,
  { rooms, lease, now, laneRunMax }: ClaimOptions,
): Promise<Claim> {
  return database.withTransaction({ name: 'claim-events' }, async (tx) => {
    const taken = await takeReady(tx, rooms, lease, now);
    const queued = taken.filter(inAggregate);
    const created = queued.length > 0 ? await openLanes(tx, queued, lease) : [];
    const laneRooms = rooms.map(({ handler, room }) => ({
      handler,
      room: Math.max(Math.ceil(room / 4), room - taken.filter((d) => d.handler === handler).length),
    }));
    const found = await takeLanes(tx, laneRooms, lease, now);
    const inFound = found.length > 0 ? await readLanes(tx, found, runMax(found, rooms, laneRunMax)) : [];
    const runs = [...runsOf(created, queued, laneRunMax), ...runsOf(found, inFound, laneRunMax)];
    const single = taken
      .filter(({ aggregate }) => aggregate === undefined)
      .map((delivery) => ({ handler: delivery.handler, lane: undefined, deliveries: [delivery] }));
    const more = rooms.some(
      ({ handler, room }) =>
        taken.filter((d) => d.handler === handler).length >= room ||
        found.filter((l) => l.handler === handler).length >= Math.ceil(room / 4),
    );
    return { claimed: [...single, ...runs], more };
  });
}

function inAggregate(delivery: Delivery): delivery is Delivery & { aggregate: string } {
  return delivery.aggregate !== undefined;
}

/** Many lanes get short runs, so that a claim stays as large as there is room. */
function runMax(lanes: readonly Lane[], rooms: readonly Room[], laneRunMax: number): number {
  const shares = rooms.map(({ handler, room }) => {
    const count = lanes.filter((lane) => lane.handler === handler).length;
    return count === 0 ? laneRunMax : Math.ceil(room / count);
  });
  return Math.max(1, Math.min(laneRunMax, ...shares));
}

/** What is cut off stays queued, and is found when the lane is released. */
function runsOf(lanes: readonly Lane[], deliveries: readonly Delivery[], laneRunMax: number): Claimed[] {
  const byLane = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const key = laneKey(delivery.handler, delivery.aggregate);
    const run = byLane.get(key);
    if (run) run.push(delivery);
    else byLane.set(key, [delivery]);
  }
  return lanes.map((lane) => ({
    handler: lane.handler,
    lane,
    deliveries: byLane.get(laneKey(lane.handler, lane.aggregate))?.slice(0, laneRunMax) ?? [],
  }));
}

function laneKey(handler: string, aggregate: string | undefined): string {
  return `${handler} ${aggregate}`;
}
