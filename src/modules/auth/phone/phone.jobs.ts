import type { Job } from '../../../platform/jobs/index.js';
import type { PhoneCodes } from './phone-codes.js';

/** Nothing is wrong while it does not run: what has expired is good for nothing. */
export function phoneJobs(codes: PhoneCodes): Job[] {
  return [
    {
      name: 'phone-code-cleanup',
      summary: 'Removes codes for phones that are past their end, and counts of codes past their window',
      schedule: { everySeconds: 300 },
      timeLimitSeconds: 120,
      run: ({ signal }) => codes.removeExpired(signal),
    },
  ];
}
