import type { Metrics } from '../../platform/metrics/index.js';

export function bookstoreMetrics(metrics: Metrics) {
  return {
    imports: metrics.counter({
      name: 'book_imports_total',
      help: 'Imports of books; repeated: the same was there already',
      labels: ['outcome'],
    }),
    views: metrics.counter({
      name: 'book_views_total',
      help: 'Pages of books that readers opened, by category; counted when they are written',
      labels: ['category'],
    }),
    viewsUncounted: metrics.counter({
      name: 'book_views_uncounted_total',
      help: 'Views that were not counted because too many books had views waiting to be written',
      labels: [],
    }),
  };
}

export type BookstoreMetrics = ReturnType<typeof bookstoreMetrics>;
