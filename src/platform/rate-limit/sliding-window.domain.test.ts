import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { admits, type Rate, readingOf, viewAt, type WindowCount } from './sliding-window.domain.js';

const windowMs = 60_000;
/** The beginning of a window. */
const start = 30_000_000 * windowMs;
const rate: Rate = { limit: 10, windowMs };

const index = start / windowMs;
const at = (count: WindowCount | undefined, ms: number) => viewAt(count, start + ms, windowMs);
const allowed = (count: WindowCount, ms: number) => admits(at(count, ms), rate);

describe('the counts of a moment', () => {
  const count = { index, current: 7, previous: 3 };

  test('stay in their window, become the ones before in the next, and are gone in the one after', () => {
    expect(at(count, 0)).toEqual({ ...count, elapsedMs: 0 });
    expect(at(count, windowMs - 1)).toEqual({ ...count, elapsedMs: windowMs - 1 });
    expect(at(count, windowMs)).toEqual({ index: index + 1, current: 0, previous: 7, elapsedMs: 0 });
    expect(at(count, 2 * windowMs - 1)).toEqual({
      index: index + 1,
      current: 0,
      previous: 7,
      elapsedMs: windowMs - 1,
    });
    expect(at(count, 2 * windowMs)).toEqual({ index: index + 2, current: 0, previous: 0, elapsedMs: 0 });
  });

  test('of a clock a little ahead are taken as of their first moment; of one far ahead they are dropped', () => {
    expect(at(count, -1)).toEqual({ ...count, elapsedMs: 0 });
    expect(at(count, -windowMs)).toEqual({ ...count, elapsedMs: 0 });
    expect(at(count, -windowMs - 1)).toEqual({
      index: index - 2,
      current: 0,
      previous: 0,
      elapsedMs: windowMs - 1,
    });
  });
});

describe('a call', () => {
  test('passes while there is room in its window, to the last one', () => {
    expect([
      allowed({ index, current: 9, previous: 0 }, 0),
      allowed({ index, current: 10, previous: 0 }, 0),
    ]).toEqual([true, false]);
  });

  test('is refused up to the millisecond at which the window before leaves room for it', () => {
    // 10 calls before: one of them leaves the sliding window every 6 s.
    const full = { index: index - 1, current: 10, previous: 0 };
    expect([5_999, 6_000, 6_001].map((ms) => allowed(full, ms))).toEqual([false, true, true]);
  });
});

describe('the reading', () => {
  test('tells what is left and, exactly, when one call passes again', () => {
    const full = { index, current: 10, previous: 0 };
    expect(readingOf(at(full, 1_000), rate)).toEqual({ remaining: 0, retryAfterMs: 65_000 });
    expect(readingOf(at({ index, current: 4, previous: 10 }, 30_000), rate)).toEqual({
      remaining: 1,
      retryAfterMs: 0,
    });
    expect(readingOf(at({ index, current: 5, previous: 10 }, 30_000), rate)).toEqual({
      remaining: 0,
      retryAfterMs: 6_000,
    });
  });

  test('of a limit of one is right as well: two windows at most', () => {
    const one = { limit: 1, windowMs };
    expect(readingOf(at({ index, current: 1, previous: 0 }, 0), one)).toEqual({
      remaining: 0,
      retryAfterMs: 120_000,
    });
  });

  test('whatever was called before: a call passes after retryAfterMs and not a millisecond sooner, and `remaining` of them pass now', () => {
    const states = fc.record({
      limit: fc.integer({ min: 1, max: 2_000 }),
      window: fc.constantFrom(1, 1_000, 60_000, 86_400_000),
      current: fc.nat(2_000),
      previous: fc.nat(2_000),
      elapsed: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    });
    fc.assert(
      fc.property(states, ({ limit, window, current, previous, elapsed }) => {
        const own: Rate = { limit, windowMs: window };
        const count = {
          index: 1_000,
          current: Math.min(current, limit),
          previous: Math.min(previous, limit),
        };
        const nowMs = 1_000 * window + Math.floor(elapsed * window);
        const passes = (extra: number, ms: number) =>
          admits(viewAt({ ...count, current: count.current + extra }, nowMs + ms, window), own);
        const { remaining, retryAfterMs } = readingOf(viewAt(count, nowMs, window), own);
        expect(passes(0, retryAfterMs)).toBe(true);
        if (retryAfterMs > 0) expect([remaining, passes(0, retryAfterMs - 1)]).toEqual([0, false]);
        else expect([passes(remaining - 1, 0), passes(remaining, 0)]).toEqual([true, false]);
      }),
      { numRuns: 2_000 },
    );
  });
});
