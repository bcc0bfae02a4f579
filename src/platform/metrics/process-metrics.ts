import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from './metrics.js';

/** The Node.js defaults: CPU, memory, heap, garbage collection, event-loop delay, open handles. Once per application. */
export function registerProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}
