import type { Database } from '../database/index.js';
import type { Clock } from '../kernel/index.js';
import type { EventsConfig } from './events.config.js';
import { deleteDeadLetters, deleteHandledEvents } from './outbox.repository.js';

interface CleanUpOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly retention: EventsConfig['retention'];
  readonly signal: AbortSignal;
}

const rowsAtOnce = 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Removes dead letters that nobody replayed in time, then events that no delivery needs any more, in short steps.
 * Idempotent; any number may run at once. Ends early when `signal` aborts. Answers how many it removed.
 */
export async function cleanUpOutbox(
  options: CleanUpOptions,
): Promise<{ events: number; deadLetters: number }> {
  const { database, clock, retention, signal } = options;
  const nowMs = clock.now().getTime();
  const deadBefore = new Date(nowMs - retention.deadLetterDays * dayMs);
  let deadLetters = 0;
  for (let removed = rowsAtOnce; removed === rowsAtOnce && !signal.aborted; deadLetters += removed) {
    removed = await deleteDeadLetters(database, deadBefore, rowsAtOnce);
  }
  const before = new Date(nowMs - retention.handledHours * hourMs);
  let events = 0;
  for (let afterSeq: number | undefined = 0; afterSeq !== undefined && !signal.aborted; ) {
    const page: Awaited<ReturnType<typeof deleteHandledEvents>> = await deleteHandledEvents(database, {
      ...{ before, afterSeq, max: rowsAtOnce },
    });
    events += page.deleted;
    afterSeq = page.lastSeq;
  }
  return { events, deadLetters };
}
