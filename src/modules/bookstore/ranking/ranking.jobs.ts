import type { Job } from '../../../platform/jobs/index.js';
import type { RankingPeriod } from './period.domain.js';
import type { RankingConfig } from './ranking.config.js';
import type { Rankings } from './rankings.service.js';

export function rankingJobs(rankings: Rankings, { realtimeSeconds, periodsSeconds }: RankingConfig): Job[] {
  const job = (
    name: string,
    periods: readonly RankingPeriod[],
    everySeconds: number,
    summary: string,
  ): Job => ({
    ...{ name, summary, schedule: { everySeconds }, timeLimitSeconds: 240 },
    run: ({ signal }) => rankings.compute(periods, signal),
  });
  return [
    job('bookstore-ranking-realtime', ['realtime'], realtimeSeconds, 'Ranks books by the views of this hour'),
    job(
      'bookstore-rankings',
      ['day', 'week', 'month', 'newbie'],
      periodsSeconds,
      'Ranks books by the views of the day, the week and the month, and newcomers',
    ),
  ];
}
