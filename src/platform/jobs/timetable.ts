import type { JobSchedule } from './job.js';

/** The occurrences of a schedule: pure arithmetic, each call on its own. */
export interface Timetable {
  /** The schedule in words, as it is stored: two releases agree on a schedule when these are equal. */
  readonly text: string;
  /** The first occurrence of a job that begins at `now`. */
  first(now: Date): Date;
  /** The last occurrence that is not after `now`, given `dueAt`, an occurrence that is not after `now` either. */
  latest(dueAt: Date, now: Date): Date;
  /** The first occurrence after `moment`, given `dueAt`, any other occurrence. */
  following(dueAt: Date, moment: Date): Date;
}

const businessTimeZone = 'Asia/Shanghai';
const everySecondsMax = 366 * 86_400;

/** Raises an error that says what was expected when the schedule has no occurrence. */
export async function timetableOf(schedule: JobSchedule, now: Date): Promise<Timetable> {
  return 'cron' in schedule ? cronTimetable(schedule.cron, now) : intervalTimetable(schedule.everySeconds);
}

function intervalTimetable(everySeconds: number): Timetable {
  if (!Number.isInteger(everySeconds) || everySeconds < 1 || everySeconds > everySecondsMax) {
    throw new Error(`everySeconds must be a whole number from 1 to ${everySecondsMax}, not ${everySeconds}`);
  }
  const everyMs = everySeconds * 1000;
  const after = (dueAt: Date, occurrences: number) => new Date(dueAt.getTime() + occurrences * everyMs);
  const between = (dueAt: Date, moment: Date) => Math.floor((moment.getTime() - dueAt.getTime()) / everyMs);
  return {
    text: `every ${everySeconds} s`,
    first: (now) => now,
    latest: (dueAt, now) => after(dueAt, between(dueAt, now)),
    following: (dueAt, moment) => after(dueAt, between(dueAt, moment) + 1),
  };
}

async function cronTimetable(expression: string, now: Date): Promise<Timetable> {
  // Only where a job asks for it.
  const { Cron } = await import('croner');
  const cron = new Cron(expression, { timezone: businessTimeZone, mode: '5-part', paused: true });
  const next = (moment: Date): Date => {
    const found = cron.nextRun(moment);
    if (!found) throw new Error(`the cron expression "${expression}" never comes due`);
    return found;
  };
  next(now);
  return {
    text: `cron ${expression} (${businessTimeZone})`,
    first: next,
    // croner looks before its reference, so an occurrence at `now` itself needs one that is later.
    latest: (dueAt, moment) => cron.previousRuns(1, new Date(moment.getTime() + 1))[0] ?? dueAt,
    following: (_dueAt, moment) => next(moment),
  };
}
