import type { Job } from '../../../platform/jobs/index.js';
import type { LoginGuard } from './login-guard.js';

/** Nothing is wrong while it does not run: what has expired counts for nothing. */
export function loginJobs(guard: LoginGuard): Job[] {
  return [
    {
      name: 'login-guard-cleanup',
      summary: 'Removes counts of failed sign-ins that are past their window and locks that are forgotten',
      schedule: { everySeconds: 300 },
      timeLimitSeconds: 120,
      run: async ({ signal }) => void (await guard.removeExpired(signal)),
    },
  ];
}
