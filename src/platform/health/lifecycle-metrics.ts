import type { Clock, ServiceReport } from '../kernel/index.js';
import type { Metrics } from '../metrics/index.js';

const healthValue = { healthy: 1, degraded: 0.5, unhealthy: 0 } as const;

/** Health and age of every service, as of the scrape. */
export function registerServiceMetrics(
  metrics: Metrics,
  reports: () => Promise<readonly ServiceReport[]>,
  clock: Clock,
): void {
  metrics.gauge(
    {
      name: 'service_health_status',
      help: '1 healthy, 0.5 degraded, 0 unhealthy',
      labels: ['service'],
    },
    async (gauge) => {
      for (const { name, status } of await reports()) gauge.set({ service: name }, healthValue[status]);
    },
  );
  metrics.gauge(
    { name: 'service_uptime_seconds', help: 'Time since the service started', labels: ['service'] },
    async (gauge) => {
      const nowMs = clock.now().getTime();
      for (const { name, startedAt } of await reports()) {
        gauge.set({ service: name }, startedAt ? (nowMs - startedAt.getTime()) / 1000 : 0);
      }
    },
  );
}
