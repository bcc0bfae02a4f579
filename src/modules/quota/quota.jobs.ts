import type { Job } from '../../platform/jobs/index.js';
import type { QuotaConfig } from './quota.config.js';
import type { QuotaService } from './quota.service.js';

const timeLimitSeconds = 300;

export function reservationSweepJob(
  quota: QuotaService,
  { sweepIntervalSeconds }: QuotaConfig['reservation'],
): Job {
  return {
    name: 'quota-reservation-sweep',
    summary: 'Writes down the ends of token reservations that nobody settled',
    schedule: { everySeconds: sweepIntervalSeconds },
    timeLimitSeconds,
    run: async ({ signal }) => void (await quota.sweep(signal)),
  };
}
