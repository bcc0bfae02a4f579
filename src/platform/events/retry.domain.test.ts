import { expect, it } from 'vitest';
import { retryDelayMs } from './retry.domain.js';

const rules = { attemptsMax: 8, delayMs: 1_000, delayMsMax: 10_000 };

it('waits longer from try to try, within its bounds', () => {
  for (const [attempt, longestMs] of [
    [1, 1_000],
    [3, 4_000],
    [7, 10_000],
  ] as const) {
    const waitMs = retryDelayMs(attempt, rules) as number;
    expect(waitMs).toBeGreaterThanOrEqual(longestMs / 2);
    expect(waitMs).toBeLessThanOrEqual(longestMs);
  }
});

it('gives up at the last try', () => {
  expect([7, 8, 9].map((attempt) => retryDelayMs(attempt, rules) === undefined)).toEqual([false, true, true]);
  expect(retryDelayMs(1, { ...rules, attemptsMax: 1 })).toBeUndefined();
});
