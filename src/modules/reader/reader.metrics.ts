import type { Metrics } from '../../platform/metrics/index.js';

export function readerMetrics(metrics: Metrics) {
  return {
    reads: metrics.counter({
      name: 'chapter_reads_total',
      help: 'Requests for the text of a chapter by why it was open, or locked',
      labels: ['outcome'],
    }),
  };
}

export type ReaderMetrics = ReturnType<typeof readerMetrics>;
