import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeRedis } from '../../../testing/redis.js';
import { type Admission, LocalCounts } from '../local-counts.js';
import { SharedCounts } from '../shared-counts.js';
import { openRedis, passedOf } from './fixture.js';

const windowMs = 60_000;
const start = 30_000_000 * windowMs;
const rate = { limit: 10, windowMs };
const keysMax = 1_000;
const pauseMs = 1_000;

interface Counts {
  take(
    key: string,
    rate: { limit: number; windowMs: number },
    nowMs: number,
  ): Admission | Promise<Admission | undefined>;
}

/** What holds for the counts of a process and for those in Redis alike. */
function suite(open: () => Promise<Counts>): void {
  async function opened() {
    const counts = await open();
    const take = async (ms: number, key = 'key') => (await counts.take(key, rate, start + ms)) as Admission;
    const passed = async (calls: number, ms: number) =>
      passedOf(await Promise.all(Array.from({ length: calls }, () => take(ms))));
    return { counts, take, passed };
  }

  test('let exactly the limit pass, of 400 at once as well', async () => {
    const { passed, take } = await opened();
    expect(await passed(400, 0)).toBe(10);
    expect((await take(0, 'another')).allowed).toBe(true);
  });

  test('refuse to the last millisecond of a full window and let pass again, one by one, as it slides away', async () => {
    const { passed } = await opened();
    expect(await passed(10, windowMs - 1)).toBe(10);
    expect([await passed(1, windowMs - 1), await passed(1, windowMs), await passed(1, windowMs + 1)]).toEqual(
      [0, 0, 0],
    );
    expect([
      await passed(2, windowMs + 5_999),
      await passed(2, windowMs + 6_000),
      await passed(2, windowMs + 6_001),
    ]).toEqual([0, 1, 0]);
    expect([await passed(20, 2 * windowMs - 1), await passed(20, 4 * windowMs)]).toEqual([8, 10]);
  });

  test('do not count what they refuse', async () => {
    const { passed } = await opened();
    await passed(10, 0);
    expect(await passed(100, 30_000)).toBe(0);
    expect(await passed(100, windowMs + 30_000)).toBe(5);
  });

  test('follow a clock that steps back a little, and forget one that was far ahead', async () => {
    const { passed } = await opened();
    await passed(10, windowMs);
    expect(await passed(1, windowMs - 1)).toBe(0);
    await passed(10, 100 * windowMs);
    expect(await passed(10, 3 * windowMs)).toBe(10);
  });
}

describe('the counts of a process', () => suite(async () => new LocalCounts(keysMax)));

describeRedis('the counts in Redis', (url) => {
  suite(async () => new SharedCounts(await openRedis(url), pauseMs));

  test('end by themselves two windows after the last call', async () => {
    const redis = await openRedis(url);
    await new SharedCounts(redis, pauseMs).take('key', rate, start);
    const ttl = await redis.ttl('rate-limit:key');
    const left = ttl.available ? Number(ttl.value) : 0;
    expect(left).toBeGreaterThan(windowMs);
    expect(left).toBeLessThanOrEqual(2 * windowMs);
  });

  test('decide as those of a process do, whatever the sequence of calls', async () => {
    const shared = new SharedCounts(await openRedis(url), pauseMs);
    const calls = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b'),
        afterMs: fc.integer({ min: 0, max: 700 }),
        limit: fc.integer({ min: 1, max: 6 }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(calls, async (sequence) => {
        const local = new LocalCounts(keysMax);
        run += 1;
        let nowMs = start;
        for (const { key, afterMs, limit } of sequence) {
          nowMs += afterMs;
          const own = { limit, windowMs: 1_000 };
          const name = `${run}:${key}`;
          expect(await shared.take(name, own, nowMs)).toEqual(local.take(name, own, nowMs));
        }
      }),
      { numRuns: 60 },
    );
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('the counts of a process are bounded', () => {
  test('1 000 000 addresses leave no more than the configured number of keys and 20 MB', () => {
    const counts = new LocalCounts(100_000);
    const before = heapBytes();
    let largest = 0;
    for (let n = 0; n < 1_000_000; n++) {
      counts.take(`guest:10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, rate, start + Math.floor(n / 100));
      largest = Math.max(largest, counts.size);
    }
    expect(largest).toBeLessThanOrEqual(100_000);
    expect(heapBytes() - before).toBeLessThan(20 * 1_048_576);
  });

  test('beyond the number of keys the oldest are forgotten, never the newest', () => {
    const counts = new LocalCounts(100);
    for (let n = 0; n < 10; n++) counts.take('old', rate, start);
    for (let n = 0; n < 200; n++) counts.take(`new ${n}`, rate, start);
    for (let n = 0; n < 9; n++) counts.take('new 199', rate, start);
    expect([counts.take('old', rate, start).allowed, counts.take('new 199', rate, start).allowed]).toEqual([
      true,
      false,
    ]);
  });

  test('a key that is used stays, however many others come', () => {
    const counts = new LocalCounts(100);
    for (let n = 0; n < 10; n++) counts.take('busy', rate, start);
    let passed = 0;
    for (let n = 0; n < 1_000; n++) {
      counts.take(`other ${n}`, rate, start);
      if (n % 10 === 0 && counts.take('busy', rate, start).allowed) passed += 1;
    }
    expect(passed).toBe(0);
  });

  test('what no window needs any more is dropped as soon as calls come in a later one', () => {
    const counts = new LocalCounts(1_000);
    for (let n = 0; n < 400; n++) counts.take(`${n}`, rate, start);
    counts.take('later', rate, start + windowMs);
    counts.take('later', rate, start + 2 * windowMs);
    expect(counts.size).toBeLessThanOrEqual(2);
  });
});
