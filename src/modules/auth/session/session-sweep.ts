import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { SessionEnds } from './session-ends.js';
import { deleteEndedSessions } from './session-ends.repository.js';

interface SweepOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly ends: SessionEnds;
  readonly keepEndedDays: number;
  /** Cuts the pass short between two steps. */
  readonly signal: AbortSignal;
}

const rowsAtOnce = 1_000;
const dayMs = 86_400_000;

/**
 * Writes down the ends of sessions whose time has run out, then removes those that ended long ago, in short steps.
 * Idempotent; any number may run at once. Nothing waits for it: a session's own moments end it.
 */
export async function sweepSessions({ db, clock, ends, keepEndedDays, signal }: SweepOptions): Promise<void> {
  await inSteps(signal, () =>
    db.withTransaction({ name: 'end-expired-sessions' }, (tx) => ends.endExpired(tx, rowsAtOnce)),
  );
  const endedBefore = new Date(clock.now().getTime() - keepEndedDays * dayMs);
  await inSteps(signal, () => deleteEndedSessions(db, endedBefore, rowsAtOnce));
}

async function inSteps(signal: AbortSignal, step: () => Promise<number>): Promise<void> {
  for (let met = rowsAtOnce; met === rowsAtOnce; ) {
    signal.throwIfAborted();
    met = await step();
  }
}
