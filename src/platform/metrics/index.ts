export { Metrics } from './metrics.js';
export { registerProcessMetrics } from './process-metrics.js';
