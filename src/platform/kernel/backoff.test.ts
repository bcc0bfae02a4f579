import { expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

const range = { baseMs: 1_000, maxMs: 10_000 };

it('waits double from failure to failure, up to the longest wait, and no longer than that', () => {
  const longest = [1, 2, 3, 4, 5, 6].map((failures) => backoffMs(failures, range, 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

it('spreads the waits over their upper half', () => {
  expect([0, 0.5, 1].map((random) => backoffMs(2, range, random))).toEqual([1_000, 1_500, 2_000]);
});

it('a day of failures does not overflow', () => {
  expect(backoffMs(100_000, range, 1)).toBe(10_000);
});
