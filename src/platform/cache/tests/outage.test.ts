import { expect, test, vi } from 'vitest';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedisServer, RedisServer, testKeyPrefix } from '../../../testing/redis.js';
import { type CacheConfig, cacheErrors } from '../index.js';
import { handle, openRedis, options, startCache, TestTime } from './fixture.js';

const quick: Partial<CacheConfig> = { redisPauseMs: 30, leaseMs: 300 };
const settings = { commandTimeoutMs: 150, reconnectDelayMsMax: 50, reconnectDelayMs: 10 };
const unavailable = { definition: cacheErrors.cacheUnavailable.definition };

/** Two instances on one server, each by a way of its own that can break. */
async function twoInstances(more: Partial<CacheConfig> = {}, server?: RedisServer) {
  const own = server ?? (await RedisServer.start());
  const keyPrefix = testKeyPrefix();
  const open = async () => {
    const proxy = await FaultProxy.start(own.url);
    const time = new TestTime();
    const redis = await openRedis(proxy.url, { ...settings, keyPrefix });
    const cache = await startCache({ redis, time }, { ...quick, ...more });
    return { cache, proxy, time, things: cache.namespace<string>(options({ graceMs: 60_000 })) };
  };
  const [a, b] = [await open(), await open()];
  await listening(own, keyPrefix);
  await hears(a, b);
  await hears(b, a);
  return { server: own, a, b };
}

async function listening(server: RedisServer, keyPrefix: string): Promise<void> {
  await vi.waitFor(async () =>
    expect(await server.command(`PUBSUB NUMSUB ${keyPrefix}cache:changes`)).toMatch(/:2$/),
  );
}

/** From here on no gap is to come that a test has not made. */
async function hears(listener: Side, speaker: Side): Promise<void> {
  await listener.things.set('probe', '1');
  await speaker.things.delete('probe');
  await vi.waitFor(() => expect(listener.things.peek('probe')).toBeUndefined());
}

type Side = Awaited<ReturnType<typeof twoInstances>>['a'];

const settled = ({ cache }: Side) => vi.waitFor(() => expect(cache.report().redis).toBe('up'), 5_000);
const pending = ({ cache }: Side) => cache.report().namespaces[0]?.pendingChanges;

describeRedisServer('with Redis', () => {
  test('a change reaches the memory of the other instance', async () => {
    const { a, b } = await twoInstances();
    for (const change of ['delete', 'deleteTags', 'clear', 'set', 'changed by a count'] as const) {
      await a.things.set('k', '1', { tags: ['t'] });
      await vi.waitFor(async () => {
        await b.things.get('k');
        expect(b.things.peek('k')).toBe('1');
      });
      if (change === 'delete') await a.things.delete('k');
      else if (change === 'deleteTags') await a.things.deleteTags(['t']);
      else if (change === 'clear') await a.things.clear();
      else if (change === 'set') await a.things.set('k', '2');
      else {
        await a.things.set('k', 1 as never);
        await a.things.increment('k');
      }
      await vi.waitFor(() => expect(b.things.peek('k')).toBeUndefined());
      await a.things.clear();
    }
  });

  test('what one loads the other finds, and one load is enough for both', async () => {
    const { a, b } = await twoInstances();
    const source = handle<string>();
    const load = vi.fn(() => source.promise);
    const calls = [a, b].flatMap(({ things }) => [1, 2, 3].map(() => things.getOrLoad('k', load)));
    await vi.waitFor(() => expect(load).toHaveBeenCalled());
    source.resolve('v');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['v']));
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('a late writer does not overwrite what another instance changed meanwhile', async () => {
    for (const change of ['delete', 'deleteTags', 'clear', 'set'] as const) {
      const { a, b } = await twoInstances();
      const source = handle<string>();
      const begun = handle<void>();
      const late = a.things.getOrLoad('k', () => {
        begun.resolve();
        return source.promise;
      });
      await begun.promise;
      if (change === 'delete') await b.things.delete('k');
      else if (change === 'deleteTags') await b.things.deleteTags(['any']);
      else if (change === 'clear') await b.things.clear();
      else await b.things.set('k', 'new');
      source.resolve('old');
      await late;
      const expected = change === 'set' ? 'new' : undefined;
      expect([change, await a.things.get('k'), await b.things.get('k')]).toEqual([
        change,
        expected,
        expected,
      ]);
    }
  });

  test('who lost its lease stores nothing, and who took it over does', async () => {
    const { a, b, server } = await twoInstances();
    const slow = handle<string>();
    const begun = handle<void>();
    const first = a.things.getOrLoad('k', () => {
      begun.resolve();
      return slow.promise;
    });
    await begun.promise;
    // Nobody renews it from here on, as if the process had stopped in its tracks.
    a.proxy.drop = 'to-server';
    await expect(b.things.getOrLoad('k', async () => 'by the second')).resolves.toBe('by the second');
    a.proxy.heal();
    await settled(a);
    slow.resolve('by the first');
    await expect(first).resolves.toBe('by the first');
    expect(await b.things.get('k')).toBe('by the second');
    expect(await server.command('PING')).toBe('+PONG');
  });

  test('what another database has left there is not read', async () => {
    const server = await RedisServer.start();
    const redis = await openRedis(server.url);
    const things = async (origin: string) =>
      (await startCache({ redis, origin })).namespace<string>(options());
    await (await things('before')).set('k', 'of the database before the restore');
    expect(await (await things('after')).get('k')).toBeUndefined();
    expect(await (await things('before')).get('k')).toBe('of the database before the restore');
  });

  test('an entry of another version or in pieces is a miss, and replaced', async () => {
    const { a, b, server } = await twoInstances();
    await a.things.set('k', 'v');
    const other = b.cache.namespace<string>(options({ name: 'others', version: 2 }));
    const old = a.cache.namespace<string>(options({ name: 'others', version: 1 }));
    await old.set('k', 'of the old release');
    expect(await other.get('k')).toBeUndefined();
    expect(await other.getOrLoad('k', async () => 'of the new release')).toBe('of the new release');
    old.peek('k');
    const keys = (await server.command('KEYS *:things:v:k')).split('\r\n');
    const key = keys.at(-1) as string;
    await server.command(`SETRANGE ${key} 40 ${'\xc1'.repeat(2)}`);
    expect(await b.things.getOrLoad('k', async () => 'whole')).toBe('whole');
    expect(await b.things.get('k')).toBe('whole');
    await server.command(`SET ${key} junk`);
    await b.cache.namespace(options({ name: 'x' })).clear();
    expect(await a.things.getOrLoad('k', async () => 'whole')).toBeTypeOf('string');
  });
});

describeRedisServer('without Redis for a while', () => {
  test('reads come from memory or the source, at once, and never count as misses', async () => {
    const { a, server } = await twoInstances();
    await a.things.set('held', 'v');
    await server.kill();
    const load = vi.fn(async () => 'loaded');
    expect(await a.things.get('held')).toBe('v');
    expect(await a.things.getOrLoad('k', load)).toBe('loaded');
    expect(await a.things.getOrLoad('k', load)).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(1);
    await expect(a.things.get('elsewhere')).rejects.toMatchObject(unavailable);
    await expect(a.things.getMany(['held', 'elsewhere'])).rejects.toMatchObject(unavailable);
    await expect(a.things.increment('n')).rejects.toMatchObject(unavailable);
    await expect(a.things.ttl('held')).rejects.toMatchObject(unavailable);
    expect(await a.cache.health()).toMatchObject({ status: 'degraded' });
  });

  test('a Redis that hangs costs one caller its deadline, and the others nothing', async () => {
    const { a, server } = await twoInstances();
    server.hang();
    const load = async () => 'loaded';
    await a.things.getOrLoad('k0', load);
    const startMs = performance.now();
    for (let n = 1; n <= 50; n++) await a.things.getOrLoad(`k${n}`, load);
    expect(performance.now() - startMs).toBeLessThan(settings.commandTimeoutMs);
    server.goOn();
    await settled(a);
    expect(await a.things.set('k', 'v')).toBe('done');
  });

  test('so many loads run at once and no more', async () => {
    const { a, server } = await twoInstances({ loadsInOutageMax: 3, loadsWaitingMax: 10 });
    await server.kill();
    expect(await a.things.delete('x')).toBe('remembered');
    expect(a.cache.report().redis).toBe('down');
    let running = 0;
    let most = 0;
    const gate = handle<void>();
    const load = async () => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
      return 'v';
    };
    const calls = Array.from({ length: 15 }, (_, n) => a.things.getOrLoad(`k${n}`, load));
    const outcomes = Promise.allSettled(calls);
    await vi.waitFor(() => expect(running).toBe(3));
    expect(a.cache.report()).toMatchObject({ loadsRunning: 3, loadsWaiting: 10 });
    gate.resolve();
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect([most, refused.length]).toEqual([3, 2]);
    expect(refused[0]).toMatchObject({ reason: { definition: cacheErrors.cacheBusy.definition } });
  });

  test('changes are remembered and told when it is back', async () => {
    const { a, b, server } = await twoInstances();
    await a.things.setMany([
      ['k', 'old'],
      ['tagged', 'old'],
      ['kept', 'v'],
      ['replaced', 'old'],
    ]);
    await a.things.set('tagged', 'old', { tags: ['t'] });
    await b.things.getMany(['k', 'tagged', 'kept', 'replaced']);
    await server.command('SAVE');
    a.proxy.drop = 'both';
    expect(await a.things.delete('k')).toBe('remembered');
    expect(await a.things.deleteTags(['t'])).toBe('remembered');
    expect(await a.things.set('replaced', 'new')).toBe('remembered');
    expect(pending(a)).toBe(3);
    expect(await a.things.getOrLoad('k', async () => 'new')).toBe('new');
    a.proxy.heal();
    await settled(a);
    expect(pending(a)).toBe(0);
    await vi.waitFor(() => expect(b.things.peek('k')).toBeUndefined());
    const found = await b.things.getMany(['k', 'tagged', 'kept', 'replaced']);
    expect(found).toEqual(new Map([['kept', 'v']]));
  });

  test('past the bound of what is remembered the whole namespace is forgotten', async () => {
    const { a, b } = await twoInstances({ rememberedMax: 5 });
    const keys = Array.from({ length: 8 }, (_, n) => `k${n}`);
    await a.things.setMany([...keys, 'other'].map((key) => [key, 'old']));
    a.proxy.drop = 'both';
    for (const key of keys) await a.things.delete(key);
    expect(pending(a)).toBe(1);
    a.proxy.heal();
    await settled(a);
    await vi.waitFor(async () => expect(await b.things.getMany([...keys, 'other'])).toEqual(new Map()));
  });

  test('a message that got lost is made good at the reconnect: memory looks again', async () => {
    const { a, b } = await twoInstances();
    await a.things.set('k', 'old');
    await hears(b, a);
    expect(await b.things.get('k')).toBe('old');
    b.proxy.drop = 'to-client';
    await a.things.set('k', 'new');
    expect(b.things.peek('k')).toBe('old');
    b.proxy.heal();
    b.proxy.reset();
    await vi.waitFor(async () => expect(await b.things.get('k')).toBe('new'), 5_000);
  });

  test('a message that got lost without a word makes an answer wrong no longer than the age of memory', async () => {
    const { a, b } = await twoInstances({ memory: { entriesMax: 100, bytesMax: 1e6, ageMs: 5_000 } });
    await a.things.set('k', 'old');
    await hears(b, a);
    expect(await b.things.get('k')).toBe('old');
    b.proxy.drop = 'to-client';
    await a.things.set('k', 'new');
    b.time.advance(4_999);
    expect(b.things.peek('k')).toBe('old');
    b.time.advance(1);
    expect(b.things.peek('k')).toBeUndefined();
    expect(await b.things.getOrLoad('k', async () => 'from the source')).toBe('from the source');
  });

  test('an emptied Redis is filled again, and its emptiness is no change', async () => {
    const { a, b, server } = await twoInstances();
    await a.things.set('k', 'v');
    await server.command('FLUSHALL');
    expect(await a.things.get('k')).toBe('v');
    expect(await b.things.get('k')).toBeUndefined();
    expect(await b.things.getOrLoad('k', async () => 'v2')).toBe('v2');
    expect(await a.things.set('l', 'w')).toBe('done');
    expect(await b.things.get('l')).toBe('w');
  });

  test('a Redis without room refuses values; nothing that was there before is answered again', async () => {
    const { a, b, server } = await twoInstances();
    await a.things.set('k', 'old', { tags: ['t'] });
    await server.command('CONFIG SET maxmemory 1');
    expect(await a.things.set('k', 'new')).toBe('remembered');
    expect(await a.things.get('k')).toBe('new');
    expect(await a.things.getOrLoad('l', async () => 'v')).toBe('v');
    await server.command('CONFIG SET maxmemory 0');
    await settled(a);
    await vi.waitFor(async () => expect(await b.things.get('k')).toBeUndefined());
  });

  test('a cache that starts while Redis is away begins to use it when it comes', async () => {
    const server = await RedisServer.start([], { launch: false });
    const redis = await openRedis(server.url, settings);
    const cache = await startCache({ redis }, quick);
    const things = cache.namespace<string>(options());
    expect(await things.getOrLoad('k', async () => 'v')).toBe('v');
    expect(await things.delete('gone')).toBe('remembered');
    await server.restart();
    await vi.waitFor(() => expect(cache.report().redis).toBe('up'), 5_000);
    expect(await things.set('l', 'w')).toBe('done');
  });
});
