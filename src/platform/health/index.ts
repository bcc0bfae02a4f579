export { registerServiceMetrics } from './lifecycle-metrics.js';
export { metricsRoute, probeRoutes } from './process.routes.js';
export { Application, type Phase, readinessOf } from './readiness.js';
