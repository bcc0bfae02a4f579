import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MemoryEntry, MemoryStore } from '../memory-store.js';
import { TestTime } from './fixture.js';

const storeWith = (limits: Partial<{ entriesMax: number; bytesMax: number }> = {}) => {
  const time = new TestTime();
  const store = new MemoryStore<string>(time, { entriesMax: 100, bytesMax: 1e6, ...limits });
  const entry = (value: string, lifeMs: number, more: Partial<MemoryEntry<string>> = {}) => ({
    ...{ value, bytes: 2 * value.length, tags: [], doubts: store.doubts },
    freshUntilMs: time.nowMs() + lifeMs,
    refreshAtMs: time.nowMs() + lifeMs,
    staleUntilMs: time.nowMs() + lifeMs,
    ...more,
  });
  return { time, store, entry };
};

describe('the memory of a process', () => {
  test('holds so many entries, and drops the one that nobody asked for longest', () => {
    const { store, entry } = storeWith({ entriesMax: 3 });
    for (const key of ['a', 'b', 'c']) store.put(key, entry(key, 1_000));
    store.get('a');
    store.put('d', entry('d', 1_000));
    expect(['a', 'b', 'c', 'd'].map((key) => store.get(key)?.value)).toEqual(['a', undefined, 'c', 'd']);
    expect([store.size, store.evictions]).toEqual([3, 1]);
  });

  test('holds so many bytes, and never one entry that takes more than all', () => {
    const { store, entry } = storeWith({ bytesMax: 10_000 });
    for (let n = 0; n < 50; n++) store.put(`k${n}`, entry('x'.repeat(500), 1_000));
    expect(store.bytes).toBeLessThanOrEqual(10_000);
    expect(store.size).toBe(7);
    store.put('k49', entry('x'.repeat(6_000), 1_000));
    expect(store.get('k49')).toBeUndefined();
  });

  test('is rid of what has ended within two seconds, and of nothing else', () => {
    const { store, time, entry } = storeWith();
    for (let n = 0; n < 60; n++) store.put(`k${n}`, entry('v', 1_000 * n + 1));
    store.put('k0', entry('again', 100_000));
    store.put('tagged', entry('v', 10_000, { tags: ['t'] }));
    time.advance(30_000);
    store.purge();
    expect(store.size).toBeGreaterThanOrEqual(31);
    expect(store.size).toBeLessThanOrEqual(33);
    expect(store.get('k0')?.value).toBe('again');
    time.advance(10_000_000);
    store.purge();
    expect([store.size, store.bytes]).toEqual([0, 0]);
  });

  test('takes nothing for fresh after a doubt, but keeps it for want of better', () => {
    const { store, entry } = storeWith();
    store.put('k', entry('v', 1_000));
    store.doubt();
    expect(store.fresh('k')).toBeUndefined();
    expect(store.usable('k')?.value).toBe('v');
    store.put('k', entry('w', 1_000));
    expect(store.fresh('k')?.value).toBe('w');
  });

  test('behaves as a map with ends and tags does, whatever is done in which order', () => {
    const key = fc.integer({ min: 0, max: 5 }).map((n) => `k${n}`);
    const tag = fc.integer({ min: 0, max: 2 }).map((n) => `t${n}`);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, tags: fc.uniqueArray(tag), lifeMs: fc.nat(5_000) }),
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({ kind: fc.constant('deleteTag' as const), tag }),
      fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(3_000) }),
      fc.record({ kind: fc.constant('clear' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { store, time, entry } = storeWith();
        const model = new Map<string, { value: string; untilMs: number; tags: string[] }>();
        for (const [index, one] of steps.entries()) {
          if (one.kind === 'put') {
            store.put(one.key, entry(`v${index}`, one.lifeMs, { tags: one.tags }));
            const untilMs = time.nowMs() + one.lifeMs;
            model.set(one.key, { value: `v${index}`, untilMs, tags: one.tags });
          } else if (one.kind === 'delete') {
            store.delete(one.key);
            model.delete(one.key);
          } else if (one.kind === 'deleteTag') {
            store.deleteTag(one.tag);
            for (const [name, { tags }] of model) if (tags.includes(one.tag)) model.delete(name);
          } else if (one.kind === 'advance') time.advance(one.ms);
          else {
            store.clear();
            model.clear();
          }
          store.purge();
          for (let n = 0; n <= 5; n++) {
            const held = model.get(`k${n}`);
            const expected = held && held.untilMs > time.nowMs() ? held.value : undefined;
            expect(store.fresh(`k${n}`)?.value).toBe(expected);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
