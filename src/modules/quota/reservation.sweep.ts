import type { Database } from '../../platform/database/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import { findOverdueCalls } from './round.repository.js';

interface SweepOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Calls taken at once. */
  readonly callsMax: number;
  /** Idempotent: several instances may find the same call. */
  readonly expire: (callId: string) => Promise<unknown>;
}

/**
 * Writes down the ends of reservations that nobody settled: one pass over everything that is past its end,
 * which `signal` cuts short. Answers how many calls it met. Nothing is wrong while it does not run: reads and
 * decisions count such reservations as settled by themselves.
 */
export async function sweepReservations(
  { database, clock, callsMax, expire }: SweepOptions,
  signal?: AbortSignal,
): Promise<number> {
  let met = 0;
  for (;;) {
    const callIds = await findOverdueCalls(database, clock.now(), callsMax);
    await Promise.all(callIds.map(expire));
    met += callIds.length;
    signal?.throwIfAborted();
    if (callIds.length < callsMax) return met;
  }
}
