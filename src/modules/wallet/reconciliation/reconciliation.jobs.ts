import { clusterGauges, type Job } from '../../../platform/jobs/index.js';
import type { Metrics } from '../../../platform/metrics/index.js';
import type { ReconciliationService } from './reconciliation.service.js';

/** Every night, and what it found for as long as it stands. */
export function reconciliationJobs(reconciliation: ReconciliationService, metrics: Metrics): Job[] {
  return [
    {
      name: 'wallet-reconciliation',
      summary: 'Holds every balance against its postings and every frozen coin against its order',
      schedule: { cron: '30 2 * * *' },
      timeLimitSeconds: 1_800,
      run: async () => void (await reconciliation.run()),
    },
    clusterGauges({
      metrics,
      name: 'wallet-gauges',
      summary: 'Reads how many mismatches the newest reconciliation found',
      everySeconds: 30,
      timeLimitSeconds: 30,
      gauges: {
        wallet_reconciliation_mismatch: {
          help: 'Mismatches that the newest reconciliation of the books found',
        },
      },
      compute: async () => {
        const report = await reconciliation.newest();
        return { wallet_reconciliation_mismatch: [{ value: report?.total ?? 0 }] };
      },
    }),
  ];
}
