import type { Database } from '../../../platform/database/index.js';
import { clusterGauges, type Job } from '../../../platform/jobs/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Metrics } from '../../../platform/metrics/index.js';
import type { AuthConfig } from '../auth.config.js';
import { countLiveSessions, countUsersSeen } from './session-activity.repository.js';
import type { SessionEnds } from './session-ends.js';
import { sweepSessions } from './session-sweep.js';

interface SessionJobsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ends: SessionEnds;
  readonly config: AuthConfig['session'];
  readonly metrics: Metrics;
}

const windows = [
  { window: '5m', ms: 5 * 60_000 },
  { window: '1h', ms: 60 * 60_000 },
  { window: '1d', ms: 24 * 60 * 60_000 },
] as const;

export function sessionJobs(deps: SessionJobsDeps): Job[] {
  return [sweepJob(deps), activityGauges(deps)];
}

function sweepJob({ db, clock, ends, config }: SessionJobsDeps): Job {
  const { keepEndedDays, sweepIntervalSeconds } = config;
  return {
    name: 'session-sweep',
    summary: 'Writes down the ends of sessions that expired, and removes those that ended long ago',
    schedule: { everySeconds: sweepIntervalSeconds },
    timeLimitSeconds: 300,
    run: ({ signal }) => sweepSessions({ db, clock, ends, keepEndedDays, signal }),
  };
}

function activityGauges({ db, clock, metrics }: SessionJobsDeps): Job {
  return clusterGauges({
    metrics,
    name: 'session-gauges',
    summary: 'Counts live sessions and active users',
    everySeconds: 60,
    timeLimitSeconds: 30,
    gauges: {
      sessions_active: { help: 'Sessions that live' },
      users_active: { help: 'Users seen within the window', labels: ['window'] },
    },
    compute: async () => {
      const now = clock.now();
      const since = windows.map(({ ms }) => new Date(now.getTime() - ms));
      const seen = await countUsersSeen(db, since);
      return {
        sessions_active: [{ value: await countLiveSessions(db, now) }],
        users_active: windows.map(({ window }, index) => ({ labels: { window }, value: seen[index] ?? 0 })),
      };
    },
  });
}
