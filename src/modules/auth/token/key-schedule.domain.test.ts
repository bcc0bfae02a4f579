import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  deadKeys,
  type KeyMoments,
  nextKeySignsFrom,
  signingKeyAt,
  usableKeys,
} from './key-schedule.domain.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const schedule = { lifeMs: 30 * dayMs, publishAheadMs: dayMs, tokenLifeMs: 2 * hourMs };
const start = new Date('2026-03-01T00:00:00Z');
const at = (ms: number) => new Date(start.getTime() + ms);
const key = (id: string, signsFromMs: number, retiredMs?: number): KeyMoments => ({
  ...{ id, signsFrom: at(signsFromMs), retiredAt: retiredMs === undefined ? null : at(retiredMs) },
});

it('the first key signs at once', () => {
  expect(nextKeySignsFrom([], start, schedule)).toEqual(start);
  expect(nextKeySignsFrom([key('retired', 0, 1)], at(5), schedule)).toEqual(at(5));
});

it.each([
  [29 * dayMs - 1, undefined],
  [29 * dayMs, 30 * dayMs],
  [29 * dayMs + 1, 30 * dayMs + 1],
  [90 * dayMs, 91 * dayMs],
])('%i ms after a key began to sign the next one is made to sign from %s', (nowMs, expected) => {
  const signsFrom = nextKeySignsFrom([key('a', 0)], at(nowMs), schedule);
  expect(signsFrom).toEqual(expected === undefined ? undefined : at(expected));
});

it('while the next key waits for its turn no further one is made, and the turn comes at its moment', () => {
  const keys = [key('b', 30 * dayMs), key('a', 0)];
  expect(nextKeySignsFrom(keys, at(30 * dayMs - 1), schedule)).toBeUndefined();
  expect(signingKeyAt(keys, at(30 * dayMs - 1))?.id).toBe('a');
  expect(signingKeyAt(keys, at(30 * dayMs))?.id).toBe('b');
  expect(signingKeyAt(keys, at(-dayMs))?.id).toBe('a');
});

it.each([
  [30 * dayMs + 2 * hourMs, []],
  [30 * dayMs + 2 * hourMs + 1, ['a']],
])('%i ms on, the keys of which nothing lives are %j', (nowMs, dead) => {
  expect(deadKeys([key('a', 0), key('b', 30 * dayMs)], at(nowMs), schedule).map(({ id }) => id)).toEqual(
    dead,
  );
});

it('a retired key checks nothing, and is kept until nothing that it signed could live', () => {
  const keys = [key('a', 0, dayMs), key('b', dayMs)];
  expect(usableKeys(keys).map(({ id }) => id)).toEqual(['b']);
  expect(deadKeys(keys, at(dayMs + 2 * hourMs), schedule)).toEqual([]);
  expect(deadKeys(keys, at(dayMs + 2 * hourMs + 1), schedule).map(({ id }) => id)).toEqual(['a']);
});

it('however seldom the job runs: whoever signs was published long enough, and whatever lives can be checked', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 20 });
  const runs = fc.check(
    fc.property(gaps, (halfDays) => {
      const published = new Map([['k0', Number.NEGATIVE_INFINITY]]);
      let keys = [key('k0', 0)];
      let nowMs = 0;
      for (const [index, gap] of halfDays.entries()) {
        for (let step = 0; step < gap; step += 1) {
          nowMs += dayMs / 2;
          const signing = signingKeyAt(keys, at(nowMs))?.id ?? '';
          if (nowMs - (published.get(signing) ?? nowMs) < schedule.publishAheadMs) return false;
          const signedBefore = signingKeyAt(keys, at(nowMs - schedule.tokenLifeMs));
          if (!signedBefore || !keys.includes(signedBefore)) return false;
        }
        const signsFrom = nextKeySignsFrom(keys, at(nowMs), schedule);
        const dead = deadKeys(keys, at(nowMs), schedule);
        const made = { id: `k${index + 1}`, signsFrom: signsFrom ?? at(0), retiredAt: null };
        published.set(made.id, nowMs);
        keys = [...keys, ...(signsFrom ? [made] : [])].filter((one) => !dead.includes(one));
        if (keys.length > 3) return false;
      }
      return true;
    }),
    { numRuns: 50 },
  );
  expect(runs.counterexample).toBeNull();
});
