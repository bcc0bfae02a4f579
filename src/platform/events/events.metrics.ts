import type { Counter } from 'prom-client';
import type { Database } from '../database/index.js';
import { clusterGauges, type Job } from '../jobs/index.js';
import type { Clock } from '../kernel/index.js';
import type { Metrics } from '../metrics/index.js';
import { readOutboxStats } from './outbox.repository.js';

export type HandledCounter = Counter<'event' | 'outcome'>;

export function handledCounter(metrics: Metrics): HandledCounter {
  return metrics.counter({
    name: 'events_handled_total',
    help: 'Tries of event handlers, by what came of them: handled, failed (tried again later), dead (given up)',
    labels: ['event', 'outcome'],
  });
}

/** The job that looks at the outbox of the whole cluster, and the gauges that show what it saw. */
export function outboxGauges(parts: { database: Database; clock: Clock; metrics: Metrics }): Job {
  const { database, clock, metrics } = parts;
  return clusterGauges({
    metrics,
    name: 'outbox-gauges',
    summary: 'Counts the events that wait and those that were given up',
    everySeconds: 15,
    timeLimitSeconds: 10,
    gauges: {
      outbox_pending: { help: 'Deliveries of events that are not handled yet' },
      outbox_oldest_seconds: { help: 'How long the delivery that has waited longest has been due' },
      dead_letters: { help: 'Deliveries that were given up' },
    },
    compute: async () => {
      const { pending, oldestSeconds, dead } = await readOutboxStats(database, clock.now());
      return {
        outbox_pending: [{ value: pending }],
        outbox_oldest_seconds: [{ value: oldestSeconds }],
        dead_letters: [{ value: dead }],
      };
    },
  });
}
