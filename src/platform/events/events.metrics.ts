import type { Counter } from 'prom-client';
import type { Metrics } from '../metrics/index.js';

export type HandledCounter = Counter<'event' | 'outcome'>;

export function handledCounter(metrics: Metrics): HandledCounter {
  return metrics.counter({
    name: 'events_handled_total',
    help: 'Tries of event handlers, by what came of them: handled, failed (tried again later), dead (given up)',
    labels: ['event', 'outcome'],
  });
}
