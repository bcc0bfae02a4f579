import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Tx } from '../../database/index.js';
import { Metrics } from '../../metrics/index.js';
import { CoarseTime } from '../coarse-time.js';
import { Codec } from '../codec.js';
import { codecIds, type Envelope, openEnvelope, prefixOf, sealEnvelope } from '../envelope.js';
import { Cache, type CacheNamespace, cacheErrors } from '../index.js';
import { LoadSlots } from '../load-slots.js';
import { OutageJournal } from '../outage-journal.js';
import { freezePlain } from '../plain-value.js';
import { handle, options, startCache, TestTime } from './fixture.js';

const limits = { entryBytesMax: 1_000_000, compressFromBytes: 1_024 };

/** Plain data as it may come from a database. Minus zero is zero. */
const plain = fc.anything({
  withDate: true,
  withBigInt: false,
  withNullPrototype: false,
  maxDepth: 4,
  values: [
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.double().map((value) => value + 0),
    ...[fc.boolean(), fc.constant(null), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    fc.uint8Array(),
  ],
  key: fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__' && key.isWellFormed()),
});

function isPlain(value: unknown): boolean {
  try {
    freezePlain(value);
    return true;
  } catch {
    return false;
  }
}

describe('the codec', () => {
  test('brings back any plain data', async () => {
    const codec = new Codec('msgpack', limits);
    await fc.assert(
      fc.asyncProperty(plain.filter(isPlain), async (value) => {
        const back = await codec.decode(await codec.encode(value));
        expect(back).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('compresses what is large when it pays, and only then', async () => {
    const codec = new Codec('msgpack', limits);
    const sizes = async (value: unknown) => {
      const { isDeflated, payload } = await codec.encode(value);
      return [isDeflated, payload.length] as const;
    };
    expect(await sizes('x'.repeat(1_000))).toEqual([false, 1_003]);
    const [isDeflated, bytes] = await sizes('雪落下来。'.repeat(1_000));
    expect(isDeflated).toBe(true);
    expect(bytes).toBeLessThan(500);
    const noise = Uint8Array.from({ length: 3_000 }, (_, n) => (n * 2_654_435_761) >>> 13);
    expect((await sizes(crypto.getRandomValues(noise)))[0]).toBe(false);
  });

  test('refuses what unpacks to more than an entry may have', async () => {
    const wide = new Codec('msgpack', { ...limits, entryBytesMax: 10_000_000 });
    for (const length of [2_000_000, 9_000_000]) {
      const bomb = await wide.encode('x'.repeat(length));
      const decode = async () => new Codec('msgpack', limits).decode(bomb);
      await expect(decode()).rejects.toThrow();
    }
    const text = '第一章'.repeat(400_000);
    expect(await wide.decode(await wide.encode(text))).toBe(text);
  });
});

describe('the envelope', () => {
  const epoch = 'abcdefghijkl';
  const sealed = {
    ...{ codec: codecIds.json, isDeflated: true, payload: Buffer.from('payload'), tags: ['a', '青羽'] },
    ...{ freshUntilMs: 1.5, refreshAtMs: 1.25, staleUntilMs: 2 ** 41 },
  };
  const bytesOf = (version: number, what: Omit<Envelope, 'isLive'> = sealed) =>
    Buffer.concat([prefixOf(version), Buffer.from(epoch), sealEnvelope(what)]);

  test('is read by the version and the epoch that wrote it, and by no other', () => {
    const bytes = bytesOf(7);
    expect(openEnvelope(bytes, prefixOf(7), epoch)).toEqual({ ...sealed, isLive: false });
    expect(openEnvelope(bytesOf(7, { ...sealed, tags: [] }), prefixOf(7), epoch)?.tags).toEqual([]);
    expect(openEnvelope(bytes, prefixOf(8), epoch)).toBeUndefined();
    expect(openEnvelope(bytes, prefixOf(7), 'ABCDEFGHIJKL')).toBeUndefined();
  });

  test('is a miss for whatever bytes lie there, never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(60), fc.boolean(), (junk, cut, whole) => {
        const bytes = whole ? Buffer.concat([bytesOf(7).subarray(0, cut), junk]) : Buffer.from(junk);
        expect(() => openEnvelope(bytes, prefixOf(7), epoch)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});

describe('slots for loads', () => {
  test('go to those who wait, in order, and one who gave up takes none', async () => {
    let runningMax = 1;
    const slots = new LoadSlots({ runningMax: () => runningMax, waitingMax: 3 });
    const order: string[] = [];
    const gates = new Map(['a', 'b', 'c', 'd'].map((name) => [name, handle<void>()]));
    const leaving = new AbortController();
    const run = (name: string, signal = new AbortController().signal) =>
      slots.run(signal, async () => {
        order.push(name);
        await gates.get(name)?.promise;
      });
    const [a, b, c, d] = [run('a'), run('b', leaving.signal), run('c'), run('d')];
    await expect(run('e')).rejects.toMatchObject({ definition: cacheErrors.cacheBusy.definition });
    leaving.abort(new Error('gone'));
    await expect(b).rejects.toThrow('gone');
    expect([slots.running, slots.waiting]).toEqual([1, 2]);
    runningMax = 2;
    gates.get('a')?.resolve();
    await a;
    expect(order).toEqual(['a', 'c', 'd']);
    for (const gate of gates.values()) gate.resolve();
    await Promise.all([c, d]);
    expect([slots.running, slots.waiting]).toEqual([0, 0]);
  });
});

describe('what is remembered of an outage', () => {
  test('is each change once, and past the bound one change of everything', () => {
    const journal = new OutageJournal(3);
    journal.remember({ keys: ['a', 'b'] });
    journal.remember({ keys: ['a'] });
    expect(journal.size).toBe(2);
    expect(journal.take()).toEqual({ keys: ['a', 'b'], tags: [] });
    expect(journal.take()).toBeUndefined();
    journal.remember({ keys: ['a', 'b'], tags: ['t', 'u'] });
    journal.remember({ keys: ['c'] });
    expect([journal.size, journal.take()]).toEqual([1, { all: true }]);
    expect(journal.size).toBe(0);
  });
});

describe('time', () => {
  test('passes in the coarse clock as it does in the fine one, within milliseconds', async () => {
    const time = new CoarseTime();
    const before = time.nowMs();
    expect(time.nowMs()).toBe(before);
    await vi.waitFor(() => expect(time.nowMs()).toBeGreaterThanOrEqual(before + 5));
    expect(Math.abs(time.nowMs() - performance.now())).toBeLessThan(1_000);
  });

  test('ends lie apart by the jitter and no further, evenly', async () => {
    const time = new TestTime();
    const cache = await startCache({ time, random: Math.random });
    const things = cache.namespace<string>(options({ ttlMs: 1_000, jitter: 0.1 }));
    await things.setMany(Array.from({ length: 2_000 }, (_, n) => [`k${n}`, 'v'] as const));
    const left = await Promise.all(Array.from({ length: 2_000 }, (_, n) => things.ttl(`k${n}`)));
    const ttls = (left as number[]).sort((a, b) => a - b);
    expect(ttls[0]).toBeGreaterThanOrEqual(900);
    expect(ttls.at(-1)).toBeLessThanOrEqual(1_100);
    expect(ttls[1_000]).toBeGreaterThan(985);
    expect(ttls[1_000]).toBeLessThan(1_015);
  });
});

describe('a namespace', () => {
  test('is refused with a name that is taken or impossible, and with settings out of bounds', async () => {
    const cache = await startCache();
    cache.namespace(options());
    expect(() => cache.namespace(options())).toThrow('"things"');
    const wrong = [
      ...[{ name: 'Things' }, { version: 0 }, { version: 70_000 }, { ttlMs: 0 }, { jitter: 0.6 }],
      ...[{ refreshAfter: 0 }, { warmUp: { keys: async () => [], load: async () => 1, perSecond: 0 } }],
    ];
    for (const more of wrong)
      expect(() => cache.namespace(options({ name: 'x', ...more }))).toThrow(RangeError);
  });

  test('is emptied for operators when the transaction has committed, alone or with all others', async () => {
    const cache = await startCache();
    const [a, b] = ['a', 'b'].map((name) => cache.namespace<string>(options({ name })));
    const effects: (() => unknown)[] = [];
    const tx = { afterCommit: (effect: () => unknown) => void effects.push(effect) } as unknown as Tx;
    const commit = async () => {
      for (const effect of effects.splice(0)) await effect();
    };
    const fill = () => Promise.all([a, b].map((one) => one?.set('k', 'v')));
    await fill();
    expect(await cache.clear(tx, 'nobody')).toBe(false);
    expect(await cache.clear(tx, 'a')).toBe(true);
    expect(a?.peek('k')).toBe('v');
    await commit();
    expect([a?.peek('k'), b?.peek('k')]).toEqual([undefined, 'v']);
    await fill();
    await cache.clear(tx);
    await commit();
    expect([a?.peek('k'), b?.peek('k')]).toEqual([undefined, undefined]);
  });

  test('counts what came of each read, and what metrics show is what the report says', async () => {
    const metrics = new Metrics();
    const time = new TestTime();
    const cache = await startCache({ metrics, time });
    const things = cache.namespace<string>(options({ ttlMs: 1_000, graceMs: 5_000 }));
    expect(cache.report().namespaces[0]?.hitRate).toBeUndefined();
    await things.getOrLoad('k', async () => 'v');
    await things.getOrLoad('k', async () => 'v');
    await things.getOrLoad('nothing', async () => undefined);
    await things.get('nothing');
    await things.get('miss');
    time.advance(1_000);
    await things.getOrLoad('k', () => Promise.reject(new Error('gone')));
    const [report] = cache.report().namespaces;
    expect(report?.reads.memory).toEqual({ hit: 1, negative: 1, stale: 1, miss: 4, error: 0 });
    expect(report?.reads.source).toEqual({ hit: 1, negative: 1, stale: 0, miss: 0, error: 1 });
    expect(report).toMatchObject({ loads: 3, entries: 2, hitRate: 0.5 });
    const page = await metrics.registry.metrics();
    expect(page).toContain('cache_requests_total{namespace="things",tier="memory",outcome="stale"} 1');
    expect(page).toContain('cache_load_duration_seconds_count{namespace="things"} 3');
    expect(page).toContain('cache_entries{namespace="things"} 2');
    expect(page).toContain('cache_changes_pending{namespace="things"} 0');
    expect(page).toContain('cache_loads_coalesced_total{namespace="things"} 0');
  });

  test('without a cache every value comes from its source, and a count is refused', async () => {
    const things = Cache.whenAbsent?.namespace(options()) as CacheNamespace<unknown>;
    const load = vi.fn(async () => 'v');
    for (const _ of [1, 2]) expect(await things.getOrLoad('k', load)).toBe('v');
    expect(load).toHaveBeenCalledTimes(2);
    expect(await things.set('k', 'v')).toBe('done');
    expect([
      await things.get('k'),
      things.peek('k'),
      await things.exists('k'),
      await things.ttl('k'),
    ]).toEqual([...[undefined, undefined, false, undefined]]);
    expect(await things.getMany(['k'])).toEqual(new Map());
    await expect(things.increment('n')).rejects.toMatchObject({
      definition: cacheErrors.cacheUnavailable.definition,
    });
  });
});
