import type { Metrics } from '../metrics/index.js';
import type { ConnectionCounts } from './engine.js';

export type TransactionOutcome = 'committed' | 'rolled_back' | 'failed' | 'retried' | 'unknown';

/** Few buckets, since there is a series for each table and operation. */
const durationBucketsSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

export class DatabaseMetrics {
  readonly #durations;
  readonly #queries;
  readonly #errors;
  readonly #transactions;

  constructor(metrics: Metrics, counts: () => ConnectionCounts) {
    metrics.gauge(
      { name: 'db_connections', help: 'Connections to the database, by state.', labels: ['state'] },
      (gauge) => {
        for (const [state, value] of Object.entries(counts())) gauge.set({ state }, value);
      },
    );
    const labels = ['operation', 'table'] as const;
    this.#durations = metrics.histogram(
      { name: 'db_query_duration_seconds', help: 'Duration of SQL statements.', labels },
      durationBucketsSeconds,
    );
    this.#queries = metrics.counter({
      name: 'db_queries_total',
      help: 'SQL statements, by outcome.',
      labels: [...labels, 'outcome'],
    });
    this.#errors = metrics.counter({
      name: 'db_errors_total',
      help: 'Failed SQL statements, by SQLSTATE or kind of failure.',
      labels: ['operation', 'code'],
    });
    this.#transactions = metrics.counter({
      name: 'db_transactions_total',
      help: 'Transactions, by outcome.',
      labels: ['outcome'],
    });
  }

  succeeded(operation: string, table: string, seconds: number): void {
    this.#durations.observe({ operation, table }, seconds);
    this.#queries.inc({ operation, table, outcome: 'ok' });
  }

  failed(operation: string, table: string, seconds: number, code: string): void {
    this.#durations.observe({ operation, table }, seconds);
    this.#queries.inc({ operation, table, outcome: 'error' });
    this.#errors.inc({ operation, code });
  }

  refused(code: 'pool_timeout' | 'pool_queue_full' | 'connect'): void {
    this.#errors.inc({ operation: 'connect', code });
  }

  transaction(outcome: TransactionOutcome): void {
    this.#transactions.inc({ outcome });
  }
}
