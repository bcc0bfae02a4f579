// A process with a cache of its own on a shared Redis, told by its parent what to do. It runs from the build.

import { CacheService, cacheConfig } from '../../../../dist/platform/cache/index.js';
import { sectionDefaults } from '../../../../dist/platform/config/index.js';
import { systemClock } from '../../../../dist/platform/kernel/index.js';
import { createLogger } from '../../../../dist/platform/logger/index.js';
import { Metrics } from '../../../../dist/platform/metrics/index.js';
import { createRedisService, redisConfig } from '../../../../dist/platform/redis/index.js';

const { redis, cache } = JSON.parse(process.argv[2]);
const log = createLogger({ level: 'fatal', format: 'json', service: 'test', version: '0', instance: 'test' });
const redisService = createRedisService({
  config: sectionDefaults(redisConfig, redis),
  log,
  metrics: new Metrics(),
});
await redisService.initialize(AbortSignal.timeout(10_000));
const service = new CacheService({
  config: { ...sectionDefaults(cacheConfig, {}), ...cache },
  database: { engine: 'postgres' },
  redis: redisService.redis,
  clock: systemClock,
  instance: { name: `process-${process.pid}` },
  log,
  metrics: new Metrics(),
  findOrigin: async () => 'test',
});
await service.initialize();
const things = service.namespace({ name: 'things', version: 1, ttlMs: 60_000, graceMs: 0, refreshAfter: 1 });

const work = {
  /** `callers` at once; the loader tells the parent, and answers when that says so. */
  async load({ key, callers }) {
    const released = new Promise((resolve) => {
      release = resolve;
    });
    const calls = Array.from({ length: callers }, () =>
      things.getOrLoad(key, async () => {
        process.send({ loading: key });
        return released;
      }),
    );
    return [...new Set(await Promise.all(calls))];
  },
  set: ({ key, value }) => things.set(key, value),
  delete: ({ key }) => things.delete(key),
  get: ({ key }) => things.get(key),
  /** Reads again and again until the value is at least `until`; how many older ones came after `sinceMs` (epoch). */
  async readUntil({ key, until, timeoutMs }) {
    const startMs = performance.now();
    for (let stale = 0; ; stale++) {
      const value = await things.getOrLoad(key, async () => -1);
      const tookMs = performance.now() - startMs;
      if (value >= until || tookMs > timeoutMs) return { stale, tookMs };
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  redis: () => service.report().redis,
};

let release = () => {};

process.on('message', async ({ id, what, release: value, ...input }) => {
  if (value !== undefined) return release(value);
  try {
    process.send({ id, answer: await work[what](input) });
  } catch (error) {
    process.send({ id, failure: String(error) });
  }
});
process.once('disconnect', () => process.exit());
process.send({ ready: true });
