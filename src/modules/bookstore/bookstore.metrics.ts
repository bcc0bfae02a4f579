import type { Metrics } from '../../platform/metrics/index.js';

export function bookstoreMetrics(metrics: Metrics) {
  return {
    imports: metrics.counter({
      name: 'book_imports_total',
      help: 'Imports of books; repeated: the same was there already',
      labels: ['outcome'],
    }),
  };
}

export type BookstoreMetrics = ReturnType<typeof bookstoreMetrics>;
