import type { Counter } from 'prom-client';
import type { Metrics } from '../metrics/index.js';
import type { OutboxStats } from './outbox.repository.js';

export type HandledCounter = Counter<'event' | 'outcome'>;

/** The series of an instance: what its handlers came to, and what it last saw of the outbox as a whole. */
export class EventMetrics {
  readonly handled: HandledCounter;
  #stats: OutboxStats | undefined;
  #freshUntilMs = 0;

  constructor(metrics: Metrics) {
    this.handled = metrics.counter({
      name: 'events_handled_total',
      help: 'Tries of event handlers, by what came of them: handled, failed (tried again later), dead (given up)',
      labels: ['event', 'outcome'],
    });
    const gauge = (name: string, help: string, value: (stats: OutboxStats) => number) =>
      metrics.gauge({ name, help }, (series) => {
        if (this.#stats && performance.now() < this.#freshUntilMs) series.set(value(this.#stats));
        else series.remove();
      });
    gauge(
      'outbox_pending',
      'Deliveries of events that are not handled yet; of the cluster',
      (s) => s.pending,
    );
    gauge(
      'outbox_oldest_seconds',
      'How long the delivery that has waited longest has been due; of the cluster',
      (s) => s.oldestSeconds,
    );
    gauge('dead_letters', 'Deliveries that were given up; of the cluster', (s) => s.dead);
  }

  /** The gauges show `stats` for `freshMs`, and nothing after that: no value is better than an old one. */
  observe(stats: OutboxStats, freshMs: number): void {
    this.#stats = stats;
    this.#freshUntilMs = performance.now() + freshMs;
  }
}
