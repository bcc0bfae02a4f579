import { expect, test, vi } from 'vitest';
import { cacheErrors } from '../index.js';
import { describeEachAdapter } from './each-adapter.js';
import { handle } from './fixture.js';

describeEachAdapter('loading of a cache', (open) => {
  test('1 000 callers of a cold key are one load', async () => {
    const { things } = await open<string>();
    const source = handle<string>();
    const load = vi.fn(() => source.promise);
    const calls = Array.from({ length: 1_000 }, () => things.getOrLoad('k', load));
    await vi.waitFor(() => expect(load).toHaveBeenCalled());
    source.resolve('v');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['v']));
    expect(load).toHaveBeenCalledTimes(1);
    expect(await things.get('k')).toBe('v');
  });

  test('a failure is passed on to all who wait, is not kept, and the next one tries again', async () => {
    const { things } = await open<string>();
    const load = vi.fn(async (): Promise<string> => {
      throw new Error('the source is gone');
    });
    const calls = await Promise.allSettled([things.getOrLoad('k', load), things.getOrLoad('k', load)]);
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(load).toHaveBeenCalledTimes(1);
    await expect(things.getOrLoad('k', async () => 'v')).resolves.toBe('v');
  });

  test('a stale value is answered while the source fails, until its grace is over', async () => {
    const { things, time } = await open<string>({ ttlMs: 1_000, graceMs: 5_000 });
    await things.getOrLoad('k', async () => 'v');
    const load = vi.fn(async (): Promise<string> => {
      throw new Error('the source is gone');
    });
    time.advance(1_000);
    expect(await things.get('k')).toBeUndefined();
    expect(await things.getOrLoad('k', load)).toBe('v');
    expect(await things.getOrLoad('k', load)).toBe('v');
    expect(load).toHaveBeenCalledTimes(1);
    time.advance(1_001);
    expect(await things.getOrLoad('k', load)).toBe('v');
    expect(load).toHaveBeenCalledTimes(2);
    time.advance(4_000);
    await expect(things.getOrLoad('k', load)).rejects.toThrow('the source is gone');
  });

  test('what was deleted is not answered as stale', async () => {
    const { things, time } = await open<string>({ ttlMs: 1_000, graceMs: 5_000 });
    await things.set('k', 'v');
    time.advance(1_000);
    await things.delete('k');
    const failing = () => Promise.reject(new Error('the source is gone'));
    await expect(things.getOrLoad('k', failing)).rejects.toThrow('the source is gone');
  });

  test('a slow source costs who has a stale value no more than the soft limit', async () => {
    const { things, time } = await open<string>({ ttlMs: 1_000, graceMs: 60_000, softLimitMs: 30 });
    await things.set('k', 'old');
    time.advance(1_000);
    const source = handle<string>();
    await expect(things.getOrLoad('k', () => source.promise)).resolves.toBe('old');
    source.resolve('new');
    await vi.waitFor(async () => expect(await things.get('k')).toBe('new'));
  });

  test('nobody waits longer than the hard limit', async () => {
    const { things } = await open<string>({ hardLimitMs: 400 });
    let aborted = false;
    const never = ({ signal }: { signal: AbortSignal }) =>
      new Promise<string>(() => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
      });
    await expect(things.getOrLoad('k', never)).rejects.toMatchObject({
      definition: cacheErrors.cacheLoadTimeout.definition,
    });
    expect(aborted).toBe(true);
  });

  test('past most of its life a value is made anew in the background, once', async () => {
    const { things, time } = await open<string>({ ttlMs: 1_000, refreshAfter: 0.8 });
    await things.getOrLoad('k', async () => 'old');
    const load = vi.fn(async () => 'new');
    time.advance(799);
    await things.getOrLoad('k', load);
    expect(load).not.toHaveBeenCalled();
    time.advance(1);
    const answers = await Promise.all([1, 2, 3].map(() => things.getOrLoad('k', load)));
    expect(answers).toEqual(['old', 'old', 'old']);
    await vi.waitFor(async () => expect(await things.get('k')).toBe('new'));
    expect(load).toHaveBeenCalledTimes(1);
  });
});
