import { setImmediate as turn } from 'node:timers/promises';
import { Decoder, encode } from '@msgpack/msgpack';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis as Driver } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { type CacheNamespace, CacheService, cacheConfig } from '../../src/platform/cache/index.js';
import { sectionDefaults } from '../../src/platform/config/index.js';
import type { Database } from '../../src/platform/database/index.js';
import { systemClock } from '../../src/platform/kernel/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import { createRedisService, type Redis, redisConfig } from '../../src/platform/redis/index.js';
import { measureCalls, measureThroughput } from '../harness/measure.js';
import { type BenchContext, type Case, callFigures, defineScenario, throughputFigures } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

const keyPrefix = 'bench:';
const callers = 50;
const ttlMs = 3_600_000;
const keys = Array.from(
  { length: 1_000 },
  (_, n) => `0198c5a4-7d20-7c6e-9d3b-${String(n).padStart(12, '0')}`,
);
const book = {
  title: '渡口的灯',
  authorName: '青羽编辑部',
  introduction: '雨停的时候，天已经黑了。他把伞收起来。'.repeat(5),
  tags: ['都市', '悬疑', '短篇'],
  wordCount: 123_456,
  publishedAt: new Date('2025-08-16T12:00:00.000Z'),
};
type Book = typeof book;

export default defineScenario({
  summary: 'hits in memory and in Redis, and loads, against bare lru-cache, a bare GET and bentocache',
  needs: ['redis'],
  async run(context) {
    const { redis, driver } = await openRedis(context);
    const books = await openCache(context, redis);
    await memoryHits(context, books);
    await redisHits(context, books, redis);
    await loads(context, books, driver);
  },
});

interface Books {
  readonly memory: CacheNamespace<Book>;
  readonly shared: CacheNamespace<Book>;
  readonly both: CacheNamespace<Book>;
}

async function memoryHits(context: BenchContext, { memory }: Books): Promise<void> {
  const bare = new LRUCache<string, Book>({ max: 10_000 });
  const bento = bentoOf(memoryDriver({ maxItems: 10_000 }));
  for (const key of keys) {
    bare.set(key, book);
    await memory.set(key, book);
    await bento.set({ key, value: book, ttl: ttlMs });
  }
  const sync = (name: string, read: (key: string) => unknown) => ({
    name,
    measure: (forMs: number) => measureThroughput(eachKey(read), forMs),
  });
  const awaited = (name: string, read: (key: string) => Promise<unknown>) => ({
    name,
    measure: (forMs: number) => measureAwaits(eachKey(read), forMs),
  });
  await context.compare({
    name: 'peek',
    figures: throughputFigures,
    ours: sync('peek', (key) => memory.peek(key)),
    against: [sync('bare-lru', (key) => bare.get(key))],
  });
  const bareAsync = async (key: string) => bare.get(key);
  await context.compare({
    name: 'get',
    figures: throughputFigures,
    ours: awaited('get', (key) => memory.get(key)),
    against: [awaited('async-lru', bareAsync), awaited('bentocache', (key) => bento.get({ key }))],
  });
  const load = async () => book;
  await context.compare({
    name: 'get-or-load-hit',
    figures: throughputFigures,
    ours: awaited('get-or-load', (key) => memory.getOrLoad(key, load)),
    against: [awaited('bentocache', (key) => bento.getOrSet({ key, factory: load, ttl: ttlMs }))],
  });
}

async function redisHits(context: BenchContext, { shared }: Books, redis: Redis): Promise<void> {
  const decoder = new Decoder({ useBigInt64: true });
  const bytes = encode(book);
  for (const key of keys) {
    await shared.set(key, book);
    await redis.set(`bare:${key}`, bytes);
  }
  const ours = eachKey(async (key) => found(await shared.get(key)));
  const bare = eachKey(async (key) => {
    const reply = await redis.getBytes(`bare:${key}`);
    return found(reply.available && reply.value && decoder.decode(reply.value));
  });
  for (const many of [1, callers]) {
    await context.compare({
      name: `redis-hit-${many}`,
      figures: callFigures,
      ours: callsOf('get', ours, many),
      against: [callsOf('bare-get', bare, many)],
    });
  }
}

async function loads(context: BenchContext, { both, memory }: Books, driver: Driver): Promise<void> {
  const load = async () => book;
  let next = 0;
  const cold = () => `cold-${next++}`;
  const ofMemory = bentoOf(memoryDriver({ maxItems: 10_000 }));
  await context.compare({
    name: 'load',
    figures: callFigures,
    ours: callsOf('get-or-load', () => memory.getOrLoad(cold(), load), callers),
    against: [
      callsOf('bentocache', () => ofMemory.getOrSet({ key: cold(), factory: load, ttl: ttlMs }), callers),
    ],
  });
  const ofBoth = bentoOf(memoryDriver({ maxItems: 10_000 }), redisDriver({ connection: driver }));
  await context.compare({
    name: 'load-for-all',
    figures: callFigures,
    ours: callsOf('get-or-load', () => both.getOrLoad(cold(), load, { ttlMs: 10_000, graceMs: 0 }), callers),
    against: [
      callsOf('bentocache', () => ofBoth.getOrSet({ key: cold(), factory: load, ttl: 10_000 }), callers),
    ],
  });
}

function callsOf(name: string, call: () => Promise<unknown>, many: number): Case<keyof typeof callFigures> {
  return { name, measure: (forMs) => measureCalls(call, { forMs, callers: many }) };
}

/** One key after the other. */
function eachKey<T>(read: (key: string) => T): () => T {
  let next = 0;
  return () => read(keys[next++ % keys.length] as string);
}

function found<T>(value: T): T {
  if (!value) throw new Error('a hit was expected, and nothing came');
  return value;
}

/** One call after the other has been answered; timers and sockets get their turn now and then. */
async function measureAwaits(call: () => Promise<unknown>, forMs: number) {
  const batch = 500;
  const startedAt = performance.now();
  for (let calls = batch; ; calls += batch) {
    for (let n = 0; n < batch; n++) await call();
    const tookMs = performance.now() - startedAt;
    if (tookMs >= forMs) return { throughput: (calls / tookMs) * 1_000 };
    await turn();
  }
}

async function openRedis(context: BenchContext): Promise<{ redis: Redis; driver: Driver }> {
  const url = context.engineUrl('redis');
  const service = createRedisService({
    config: sectionDefaults(redisConfig, { url, keyPrefix }),
    log: nullLogger(),
    metrics: new Metrics(),
  });
  await service.initialize(context.signal);
  context.onEnd(() => service.close());
  const driver = new Driver(url, { keyPrefix: `${keyPrefix}bento:` });
  context.onEnd(() => driver.disconnect());
  return { redis: service.redis, driver };
}

async function openCache(context: BenchContext, redis: Redis): Promise<Books> {
  const service = new CacheService({
    config: sectionDefaults(cacheConfig, {}),
    redis,
    database: { engine: 'pglite' } as Database,
    clock: systemClock,
    instance: { name: 'bench' },
    findOrigin: async () => 'bench',
    log: nullLogger(),
    metrics: new Metrics(),
  });
  const namespace = (name: string, tiers: 'memory' | 'redis' | 'both') =>
    service.namespace<Book>({ name, tiers, version: 1, ttlMs });
  const books = {
    memory: namespace('memory', 'memory'),
    shared: namespace('redis', 'redis'),
    both: namespace('both', 'both'),
  };
  await service.initialize();
  context.onEnd(() => service.close());
  return books;
}

type Layer = Parameters<ReturnType<typeof bentostore>['useL1Layer']>[0];
type SharedLayer = Parameters<ReturnType<typeof bentostore>['useL2Layer']>[0];

function bentoOf(l1: Layer, l2?: SharedLayer) {
  const store = bentostore().useL1Layer(l1);
  return new BentoCache({ default: 'books', stores: { books: l2 ? store.useL2Layer(l2) : store } });
}
