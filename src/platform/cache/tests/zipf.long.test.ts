import { expect, test } from 'vitest';
import { describeRedis } from '../../../testing/redis.js';
import { openRedis, options, startCache } from './fixture.js';

const keys = 100_000;
const reads = 2_000_000;
const callers = 50;

/** Numbers below `count`, the n-th of them 1/n times as often as the first; the same sequence each time. */
function zipf(count: number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    sum += 1 / (n + 1);
    sums[n] = sum;
  }
  let state = 42;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

describeRedis('2 000 000 reads of 100 000 keys by Zipf (s = 1), 10 000 of them in memory', (url) => {
  test('are more than 90 % hits, cold misses counted, and each key is loaded once', async () => {
    const cache = await startCache({ redis: await openRedis(url, { commandTimeoutMs: 10_000 }) });
    const things = cache.namespace<number>(options({ ttlMs: 3_600_000, entriesMax: 10_000, bytesMax: 1e9 }));
    const next = zipf(keys);
    const asked = new Set<number>();
    let left = reads;
    const call = async () => {
      while (left-- > 0) {
        const n = next();
        asked.add(n);
        await things.getOrLoad(`k${n}`, async () => n);
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
    const [report] = cache.report().namespaces;
    const { memory, redis } = report?.reads ?? {};
    const share = (hits = 0) => Math.round((hits / reads) * 10_000) / 100;
    console.info(
      `hits: ${share(memory?.hit)} % memory, ${share(redis?.hit)} % Redis; loads: ${report?.loads} of ${asked.size} keys`,
    );
    expect(report?.loads).toBe(asked.size);
    expect(1 - (report?.loads ?? reads) / reads).toBeGreaterThan(0.9);
    await things.clear();
  });
});
