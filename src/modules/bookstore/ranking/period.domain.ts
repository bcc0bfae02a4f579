export const rankingPeriods = ['realtime', 'day', 'week', 'month', 'newbie'] as const;
export type RankingPeriod = (typeof rankingPeriods)[number];

/** Shanghai keeps UTC+8 the whole year. */
const offsetMs = 8 * 3_600_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const hourStart = (moment: Date) => new Date(Math.floor(moment.getTime() / hourMs) * hourMs);

/** 00:00 in Shanghai of the day that contains `moment`. */
export function dayStart(moment: Date): Date {
  return new Date(Math.floor((moment.getTime() + offsetMs) / dayMs) * dayMs - offsetMs);
}

/**
 * From when on views count in the ranking that is computed at `now`. Realtime: the hour that runs and the one before. Day, week (from Monday) and month: the one that runs in
 * Shanghai. Newcomers: today and the six days before.
 */
export function periodStart(period: RankingPeriod, now: Date): Date {
  const today = dayStart(now);
  const wall = new Date(today.getTime() + offsetMs);
  switch (period) {
    case 'realtime':
      return new Date(hourStart(now).getTime() - hourMs);
    case 'day':
      return today;
    case 'week':
      return new Date(today.getTime() - ((wall.getUTCDay() + 6) % 7) * dayMs);
    case 'month':
      return new Date(today.getTime() - (wall.getUTCDate() - 1) * dayMs);
    case 'newbie':
      return new Date(today.getTime() - 6 * dayMs);
  }
}

/**
 * A ranking that counts from before this is over at `now`. A day, week or month is over at 00:00 to the millisecond;
 * the windows that glide hold until they are computed anew, but not longer than a step of theirs.
 */
export function oldestStart(period: RankingPeriod, now: Date): Date {
  const stepMs = { realtime: hourMs, newbie: dayMs, day: 0, week: 0, month: 0 }[period];
  return new Date(periodStart(period, now).getTime() - stepMs);
}

/** Counters older than this are in no ranking any more. */
export function countersKeptFrom(now: Date): { hours: Date; days: Date } {
  return {
    hours: new Date(hourStart(now).getTime() - 24 * hourMs),
    days: new Date(dayStart(now).getTime() - 40 * dayMs),
  };
}
