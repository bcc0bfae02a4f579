import { describe, expect, test } from 'vitest';
import { dueMoment, type Plan, planAfter } from './next-run.js';
import { type Timetable, timetableOf } from './timetable.js';

const at = (text: string) => new Date(`2026-03-01T${text}Z`);
const hourly: Timetable = await timetableOf({ everySeconds: 3600 }, at('00:00:00.000'));
const rules = { retryDelaySeconds: 10, retryDelaySecondsMax: 600 };
const due: Plan = { nextDueAt: at('01:00:00.000'), nextRunAt: at('01:00:00.000'), failuresInRow: 0 };
const asked: Plan = { nextDueAt: at('02:00:00.000'), nextRunAt: at('01:20:00.000'), failuresInRow: 0 };

function planned(
  plan: Plan,
  outcome: 'succeeded' | 'failed' | 'timed-out' | 'interrupted',
  now: Date,
  random = 0,
) {
  const dueAt = dueMoment(plan, hourly, plan.nextRunAt);
  return planAfter(plan, { outcome, dueAt, now }, { timetable: hourly, rules, random });
}

describe('after a run that succeeded', () => {
  test('the next future occurrence follows, and those that passed meanwhile are left out', () => {
    expect(planned(due, 'succeeded', at('01:00:05.000')).nextRunAt).toEqual(at('02:00:00.000'));
    expect(planned(due, 'succeeded', at('03:59:59.999')).nextRunAt).toEqual(at('04:00:00.000'));
    expect(planned(due, 'succeeded', at('04:00:00.000')).nextRunAt).toEqual(at('05:00:00.000'));
  });

  test('a clock that was set back does not bring the occurrence again', () => {
    expect(planned(due, 'succeeded', at('00:10:00.000')).nextRunAt).toEqual(at('02:00:00.000'));
  });

  test('one that was asked for leaves the schedule as it is, also when it came due meanwhile', () => {
    expect(planned(asked, 'succeeded', at('01:21:00.000'))).toMatchObject({ nextRunAt: at('02:00:00.000') });
    expect(planned(asked, 'succeeded', at('02:00:01.000'))).toMatchObject({ nextRunAt: at('02:00:00.000') });
  });

  test('failures are forgotten', () => {
    expect(planned({ ...due, failuresInRow: 7 }, 'succeeded', at('01:00:05.000')).failuresInRow).toBe(0);
  });
});

describe('after a run that failed', () => {
  test.each([
    [0, 0, '01:00:05.000'],
    [0, 0.999_999, '01:00:10.000'],
    [1, 0, '01:00:10.000'],
    [4, 0, '01:01:20.000'],
    [9, 0, '01:05:00.000'],
    [9999, 0.999_999_9, '01:10:00.000'],
  ])('with %i before it and the random number %d the retry is at %s', (failuresInRow, random, expected) => {
    const plan = planned({ ...due, failuresInRow }, 'failed', at('01:00:00.000'), random);
    expect(plan).toEqual({
      nextDueAt: due.nextDueAt,
      nextRunAt: at(expected),
      failuresInRow: failuresInRow + 1,
    });
  });

  test('a retry is for the occurrence that failed', () => {
    const plan = planned(due, 'timed-out', at('01:00:30.000'));
    expect(dueMoment(plan, hourly, plan.nextRunAt)).toEqual(due.nextDueAt);
  });

  test('the next occurrence comes instead of a retry that would be later', () => {
    const plan = planned({ ...due, failuresInRow: 20 }, 'failed', at('01:59:00.000'));
    expect(plan).toMatchObject({ nextDueAt: at('02:00:00.000'), nextRunAt: at('02:00:00.000') });
  });

  test('one that was asked for is tried again ahead of its occurrence', () => {
    expect(planned(asked, 'failed', at('01:20:00.000'))).toEqual({
      ...{ nextDueAt: asked.nextDueAt, nextRunAt: at('01:20:05.000'), failuresInRow: 1 },
    });
  });
});

test('after a run that was interrupted it stays due', () => {
  expect(planned(due, 'interrupted', at('01:30:00.000'))).toEqual(due);
});
