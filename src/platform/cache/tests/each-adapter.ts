import { describe } from 'vitest';
import { describeRedis } from '../../../testing/redis.js';
import type { CacheNamespace, NamespaceOptions } from '../index.js';
import { openRedis, options, startCache, TestTime } from './fixture.js';

type Tiers = NonNullable<NamespaceOptions<unknown>['tiers']>;

interface Opened<T> {
  readonly things: CacheNamespace<T>;
  readonly time: TestTime;
}

/** A namespace of a cache of its own; its time stands until the test moves it. */
type Open = <T = unknown>(more?: Partial<NamespaceOptions<T>>) => Promise<Opened<T>>;

/** Runs the suite on each adapter of the cache: memory, Redis, and memory before Redis. */
export function describeEachAdapter(name: string, suite: (open: Open) => void): void {
  describe(`${name}, in memory`, () =>
    suite(async (more) => {
      const time = new TestTime();
      const cache = await startCache({ time });
      return { things: cache.namespace(options({ tiers: 'memory', ...more })), time };
    }));
  describeRedis(`${name}, in Redis`, (url) => suite(inRedis(url, 'redis')));
  describeRedis(`${name}, in memory before Redis`, (url) => suite(inRedis(url, 'both')));
}

function inRedis(url: string, tiers: Tiers): Open {
  return async (more) => {
    const time = new TestTime();
    const cache = await startCache({ time, redis: await openRedis(url) });
    return { things: cache.namespace(options({ tiers, ...more })), time };
  };
}
