import { expect, test, vi } from 'vitest';
import { describeEachAdapter } from './each-adapter.js';
import { handle } from './fixture.js';

describeEachAdapter('ends of a cache', (open) => {
  test('to the millisecond', async () => {
    const { things, time } = await open<string>({ ttlMs: 1_000 });
    await things.set('k', 'v');
    expect(await things.ttl('k')).toBeCloseTo(1_000, 3);
    time.advance(999);
    expect(await things.get('k')).toBe('v');
    expect(await things.ttl('k')).toBeCloseTo(1, 3);
    time.advance(1);
    expect(await things.get('k')).toBeUndefined();
    expect(await things.exists('k')).toBe(false);
    expect(await things.ttl('k')).toBeUndefined();
    expect(await things.ttl('nobody')).toBeUndefined();
  });

  test('an entry may have one of its own, or one by its value', async () => {
    const { things, time } = await open<number>({ ttlMs: (value) => value });
    await things.set('a', 1_000);
    await things.set('b', 2_000);
    await things.set('c', 2_000, { ttlMs: 500 });
    await things.set('ended', 0);
    time.advance(600);
    expect([...(await things.getMany(['a', 'b', 'c', 'ended'])).keys()].sort()).toEqual(['a', 'b']);
    time.advance(600);
    expect([...(await things.getMany(['a', 'b', 'c'])).keys()]).toEqual(['b']);
    await expect(things.set('k', Number.POSITIVE_INFINITY)).rejects.toThrow(RangeError);
  });

  test('nothing is remembered for its own time', async () => {
    const { things, time } = await open({ negativeTtlMs: 100 });
    const load = vi.fn(async () => undefined);
    await things.getOrLoad('k', load);
    time.advance(99);
    await things.getOrLoad('k', load);
    expect(load).toHaveBeenCalledTimes(1);
    time.advance(1);
    await things.getOrLoad('k', load);
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describeEachAdapter('changes of a cache', (open) => {
  test('a deleted value is gone, and deleting it again is no error', async () => {
    const { things } = await open<string>();
    await things.set('k', 'v');
    await expect(things.delete('k')).resolves.toBe('done');
    expect(await things.get('k')).toBeUndefined();
    await expect(things.delete('k')).resolves.toBe('done');
  });

  test('a tag takes what carries it and nothing else', async () => {
    const { things } = await open<string>({ tags: (value) => [`of-${value}`] });
    await things.setMany([
      ['a', '1'],
      ['b', '2'],
    ]);
    await things.set('c', '1', { tags: ['shelf', 'of-2'] });
    await things.getOrLoad('d', async () => '1');
    await things.deleteTags(['of-1']);
    expect([...(await things.getMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['b', 'c']);
    await things.deleteTags(['of-2', 'nobody']);
    expect(await things.getMany(['a', 'b', 'c', 'd'])).toEqual(new Map());
  });

  test('clearing takes everything, and what comes after it stays', async () => {
    const { things } = await open<number>();
    await things.setMany([
      ['a', 1],
      ['b', 2],
    ]);
    await things.increment('n', 5);
    await things.clear();
    expect(await things.getMany(['a', 'b', 'n'])).toEqual(new Map());
    expect(await things.increment('n')).toBe(1);
    await things.set('a', 3);
    expect(await things.get('a')).toBe(3);
  });

  test('a value that was read before a change is not kept after it', async () => {
    for (const change of ['delete', 'deleteTags', 'clear', 'set'] as const) {
      const { things } = await open<string>({ tags: ['shelf'] });
      const source = handle<string>();
      const late = things.getOrLoad('k', () => source.promise);
      await vi.waitFor(() => expect(things.peek('k')).toBeUndefined());
      const begun = handle<void>();
      const second = things.getOrLoad('begun', async () => {
        begun.resolve();
        return source.promise;
      });
      await begun.promise;
      if (change === 'delete') await things.deleteMany(['k', 'begun']);
      else if (change === 'deleteTags') await things.deleteTags(['shelf']);
      else if (change === 'clear') await things.clear();
      else
        await things.setMany([
          ['k', 'new'],
          ['begun', 'new'],
        ]);
      source.resolve('old');
      await Promise.all([late, second]);
      const now = await things.getMany(['k', 'begun']);
      expect([change, now]).toEqual([
        change,
        change === 'set'
          ? new Map([
              ['k', 'new'],
              ['begun', 'new'],
            ])
          : new Map(),
      ]);
    }
  });

  test('who asks after a change does not get what was read before it', async () => {
    const { things } = await open<string>();
    const before = handle<string>();
    const begun = handle<void>();
    const early = things.getOrLoad('k', () => {
      begun.resolve();
      return before.promise;
    });
    await begun.promise;
    await things.delete('k');
    await expect(things.getOrLoad('k', async () => 'new')).resolves.toBe('new');
    before.resolve('old');
    await expect(early).resolves.toBe('old');
    await expect(things.get('k')).resolves.toBe('new');
  });
});

describeEachAdapter('counts of a cache', (open) => {
  test('of 100 at once every one counts', async () => {
    const { things } = await open<number>();
    const seen = await Promise.all(Array.from({ length: 100 }, () => things.increment('n')));
    expect(new Set(seen).size).toBe(100);
    expect(await things.get('n')).toBe(100);
    expect(await things.decrement('n', 40)).toBe(60);
    expect(await things.increment('n', -100)).toBe(-40);
    expect(await things.get('n')).toBe(-40);
  });

  test('go on from a number that was set, and keep its end and tags', async () => {
    const { things, time } = await open<number>();
    await things.set('n', 41, { ttlMs: 1_000, tags: ['t'] });
    expect(await things.get('n')).toBe(41);
    time.advance(600);
    expect(await things.increment('n')).toBe(42);
    expect(await things.get('n')).toBe(42);
    time.advance(400);
    expect(await things.get('n')).toBeUndefined();
    expect(await things.increment('n', 7, { tags: ['t'] })).toBe(7);
    await things.deleteTags(['t']);
    expect(await things.get('n')).toBeUndefined();
  });

  test('are refused on other things, past 2^53, and by fractions', async () => {
    const { things } = await open();
    await things.set('k', 'text');
    await things.set('m', Number.MAX_SAFE_INTEGER);
    await expect(things.increment('k')).rejects.toThrow(TypeError);
    await expect(things.increment('m')).rejects.toThrow(RangeError);
    await expect(things.increment('n', 0.5)).rejects.toThrow(RangeError);
    expect(await things.getMany(['k', 'm', 'n'])).toEqual(
      new Map<string, unknown>([
        ['k', 'text'],
        ['m', Number.MAX_SAFE_INTEGER],
      ]),
    );
  });
});
