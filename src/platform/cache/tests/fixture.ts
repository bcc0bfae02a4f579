import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { testKeyPrefix } from '../../../testing/redis.js';
import { sectionDefaults } from '../../config/index.js';
import type { Database } from '../../database/index.js';
import { Metrics } from '../../metrics/index.js';
import { createRedisService, type Redis, type RedisConfig, redisConfig } from '../../redis/index.js';
import type { NamespaceOptions } from '../cache.js';
import type { CacheTime } from '../coarse-time.js';
import { type CacheConfig, CacheService, cacheConfig } from '../index.js';

const silent = pino({ level: 'silent' });

const noRedis = {
  configured: false,
  available: false,
  subscribe: () => () => {},
} as unknown as Redis;

/** Of one process alone: nobody else can change what it holds. */
const embedded = { engine: 'pglite' } as Database;

/** The world's time and the process's, moved together. */
export class TestTime implements CacheTime {
  readonly clock = new FakeClock();
  #nowMs = 1_000;

  nowMs(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    this.clock.advance(ms);
  }
}

export interface CacheParts {
  readonly redis?: Redis;
  readonly database?: Database;
  readonly time?: TestTime;
  readonly random?: () => number;
  readonly metrics?: Metrics;
  readonly name?: string;
  readonly origin?: string;
}

let instances = 0;

/** A started cache, closed after the test. Its values live exactly as long as they say. */
export async function startCache(
  parts: CacheParts = {},
  config: Partial<CacheConfig> = {},
): Promise<CacheService> {
  const { time = new TestTime(), redis = noRedis, database = embedded, metrics = new Metrics() } = parts;
  const service = new CacheService({
    ...{ redis, database, time, metrics, clock: time.clock },
    random: parts.random ?? (() => 0.5),
    instance: { name: parts.name ?? `test-${++instances}` },
    log: silent,
    findOrigin: async () => parts.origin ?? '0198c5a4-7d20',
    config: { ...sectionDefaults(cacheConfig, {}), ...config },
  });
  await service.initialize();
  onTestFinished(() => service.close());
  return service;
}

/** A connected client, closed after the test; by default it shares its keys with nobody. */
export async function openRedis(url: string, config: Partial<RedisConfig> = {}): Promise<Redis> {
  const service = createRedisService({
    config: sectionDefaults(redisConfig, { url, keyPrefix: testKeyPrefix(), ...config }),
    log: silent,
    metrics: new Metrics(),
  });
  await service.initialize(AbortSignal.timeout(10_000));
  onTestFinished(() => service.close());
  return service.redis;
}

export const options = <T = unknown>(more: Partial<NamespaceOptions<T>> = {}): NamespaceOptions<T> => ({
  ...{ name: 'things', version: 1, ttlMs: 60_000, graceMs: 0, refreshAfter: 1 },
  ...more,
});

/** A promise to be settled by hand. */
export function handle<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
