import type { Metrics } from '../metrics/index.js';

/** The series of all chains; make it once a registry. */
export class SealerMetrics {
  readonly #sealed;
  readonly #failures;
  readonly #lags = new Map<string, () => number>();

  constructor(metrics: Metrics) {
    this.#sealed = metrics.counter({
      name: 'seal_rows_total',
      help: 'Rows that this instance sealed',
      labels: ['chain'],
    });
    this.#failures = metrics.counter({
      name: 'seal_failures_total',
      help: 'Passes of the sealer that failed, and will be repeated',
      labels: ['chain'],
    });
    metrics.gauge(
      { name: 'seal_lag_seconds', help: 'Age of the oldest row without a seal', labels: ['chain'] },
      (gauge) => {
        for (const [chain, lagSeconds] of this.#lags) gauge.set({ chain }, lagSeconds());
      },
    );
  }

  watch(chain: string, lagSeconds: () => number): void {
    this.#lags.set(chain, lagSeconds);
    this.#sealed.inc({ chain }, 0);
    this.#failures.inc({ chain }, 0);
  }

  sealed(chain: string, rows: number): void {
    this.#sealed.inc({ chain }, rows);
  }

  failed(chain: string): void {
    this.#failures.inc({ chain });
  }
}
