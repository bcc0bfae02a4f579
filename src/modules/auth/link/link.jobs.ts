import type { Database } from '../../../platform/database/index.js';
import type { Job } from '../../../platform/jobs/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { deleteLinksOver } from './link.repository.js';

const keepMs = 86_400_000;
const rowsAtOnce = 1_000;

/** Links that are over are kept for a day, since their number bounds how many a user is sent. */
export function linkJobs({ db, clock }: { readonly db: Database; readonly clock: Clock }): Job[] {
  return [
    {
      name: 'auth-link-cleanup',
      summary: 'Removes mailed links a day after their end',
      schedule: { everySeconds: 3_600 },
      timeLimitSeconds: 300,
      run: async ({ signal }) => {
        const before = new Date(clock.now().getTime() - keepMs);
        for (let removed = rowsAtOnce; removed === rowsAtOnce; ) {
          signal.throwIfAborted();
          removed = await deleteLinksOver(db, before, rowsAtOnce);
        }
      },
    },
  ];
}
