import { describe, expect, test } from 'vitest';
import { timetableOf } from './timetable.js';

const at = (text: string) => new Date(text);
const start = at('2026-03-01T00:00:00.000Z');

describe('a schedule of seconds', () => {
  test('begins at once and goes on in whole intervals from there', async () => {
    const timetable = await timetableOf({ everySeconds: 30 }, start);
    const first = timetable.first(at('2026-03-01T00:00:07.123Z'));
    expect(first).toEqual(at('2026-03-01T00:00:07.123Z'));
    expect(timetable.following(first, first)).toEqual(at('2026-03-01T00:00:37.123Z'));
    expect(timetable.following(first, at('2026-03-01T00:00:37.122Z'))).toEqual(
      at('2026-03-01T00:00:37.123Z'),
    );
    expect(timetable.following(first, at('2026-03-01T00:00:37.123Z'))).toEqual(
      at('2026-03-01T00:01:07.123Z'),
    );
  });

  test('of many occurrences missed names the latest, to the millisecond', async () => {
    const timetable = await timetableOf({ everySeconds: 3600 }, start);
    expect(timetable.latest(start, at('2026-03-04T00:00:00.000Z'))).toEqual(at('2026-03-04T00:00:00.000Z'));
    expect(timetable.latest(start, at('2026-03-03T23:59:59.999Z'))).toEqual(at('2026-03-03T23:00:00.000Z'));
    expect(timetable.latest(start, start)).toEqual(start);
  });

  test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12])(
    'is refused with %s',
    async (seconds) => {
      await expect(timetableOf({ everySeconds: seconds }, start)).rejects.toThrow('whole number from 1');
    },
  );
});

describe('a cron schedule', () => {
  const cron = (expression: string) => timetableOf({ cron: expression }, start);

  test('is read in Shanghai: midnight there is 16:00 UTC, exact to the millisecond', async () => {
    const timetable = await cron('0 0 * * *');
    expect(timetable.text).toBe('cron 0 0 * * * (Asia/Shanghai)');
    expect(timetable.first(at('2026-03-01T15:59:59.999Z'))).toEqual(at('2026-03-01T16:00:00.000Z'));
    expect(timetable.first(at('2026-03-01T16:00:00.000Z'))).toEqual(at('2026-03-02T16:00:00.000Z'));
    expect(timetable.first(at('2026-03-01T16:00:00.001Z'))).toEqual(at('2026-03-02T16:00:00.000Z'));
  });

  test.each([
    ['2026-03-04T15:59:59.999Z', '2026-03-03T16:00:00.000Z'],
    ['2026-03-04T16:00:00.000Z', '2026-03-04T16:00:00.000Z'],
    ['2026-03-04T16:00:00.001Z', '2026-03-04T16:00:00.000Z'],
  ])('seen from %s was due last at %s', async (now, expected) => {
    const timetable = await cron('0 0 * * *');
    expect(timetable.latest(at('2026-03-01T16:00:00.000Z'), at(now))).toEqual(at(expected));
  });

  test('on 29 February comes in leap years only', async () => {
    const timetable = await cron('30 3 29 2 *');
    const first = timetable.first(at('2026-03-01T00:00:00.000Z'));
    expect(first).toEqual(at('2028-02-28T19:30:00.000Z'));
    expect(timetable.following(first, first)).toEqual(at('2032-02-28T19:30:00.000Z'));
    expect(timetable.latest(first, at('2031-01-01T00:00:00.000Z'))).toEqual(first);
  });

  test('finds the latest of three years of minutes without counting them', async () => {
    const timetable = await cron('* * * * *');
    const startMs = performance.now();
    expect(timetable.latest(start, at('2029-03-01T00:00:30.000Z'))).toEqual(at('2029-03-01T00:00:00.000Z'));
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  test.each([
    ['61 * * * *', 'Invalid value for minute'],
    ['* * * * * *', 'requires exactly 5 parts'],
    ['every night', 'exactly five'],
    ['', 'exactly five'],
    ['0 0 30 2 *', 'never comes due'],
  ])('is refused as %j', async (expression, words) => {
    await expect(cron(expression)).rejects.toThrow(words);
  });
});
