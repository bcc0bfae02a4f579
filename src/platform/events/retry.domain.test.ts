import { expect, it } from 'vitest';
import { errorText, retryDelayMs } from './retry.domain.js';

const rules = { attemptsMax: 8, delayMs: 1_000, delayMsMax: 10_000 };

it('waits double from try to try, up to the longest wait, and no longer than that', () => {
  const longest = [1, 2, 3, 4, 5, 6].map((attempt) => retryDelayMs(attempt, rules, () => 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

it('spreads the waits over their upper half', () => {
  expect([0, 0.5, 1].map((random) => retryDelayMs(2, rules, () => random))).toEqual([1_000, 1_500, 2_000]);
});

it('gives up at the last try', () => {
  expect([7, 8, 9].map((attempt) => retryDelayMs(attempt, rules, () => 1))).toEqual([
    10_000,
    undefined,
    undefined,
  ]);
  expect(retryDelayMs(1, { ...rules, attemptsMax: 1 })).toBeUndefined();
});

it('an hour of tries does not overflow', () => {
  expect(retryDelayMs(5_000, { ...rules, attemptsMax: 10_000 }, () => 1)).toBe(10_000);
});

it('the text of an error is short, scrubbed, and can be stored whatever was thrown', () => {
  const scrub = (text: string) => text.replaceAll('secret', '[redacted]');
  expect(errorText(new TypeError('a secret'), scrub)).toBe('TypeError: a [redacted]');
  expect(errorText('a\0b', scrub)).toBe('ab');
  expect(errorText(undefined, scrub)).toBe('undefined');
  expect(errorText(new Error('x'.repeat(5_000)), scrub)).toHaveLength(1_001);
});
