import { describe, expect, test, vi } from 'vitest';
import { describeEachEngine, describePostgres } from '../../../testing/databases.js';
import type { Tx } from '../../database/index.js';
import { addChanges, deleteChanges, readChanges } from '../change-tail.repository.js';
import { type CacheConfig, cacheMigrations, findOrigin, renewOrigin } from '../index.js';
import { handle, options, startCache, TestTime } from './fixture.js';

const row = (change: string) => ({ origin: 'o', namespace: 'n', change });
/** Looked at by the test itself. */
const seldom: Partial<CacheConfig> = { tail: { pollMs: 600_000, keepMinutes: 60 } };

describeEachEngine('the table of changes', (open) => {
  test('shows each committed change from a position on, and is pruned', async () => {
    const database = await open({ migrations: cacheMigrations });
    const start = await readChanges(database, undefined, 10);
    expect(start.rows).toEqual([]);
    const early = new Date('2026-03-01T00:00:00Z');
    await addChanges(database, [row('1'), row('2')], early);
    await database.withTransaction({ name: 'undone' }, async (tx) => {
      await addChanges(tx, [row('never')], early);
      return tx.rollback(undefined);
    });
    await addChanges(database, [row('3')], new Date('2026-03-02T00:00:00Z'));
    const { rows, position } = await readChanges(database, start.position, 10);
    expect(rows.map(({ change }) => change)).toEqual(['1', '2', '3']);
    expect(position).toBeGreaterThanOrEqual(start.position);
    expect((await readChanges(database, position + 1_000_000n, 10)).rows).toEqual([]);
    expect((await readChanges(database, start.position, 2)).rows).toHaveLength(2);
    expect(await deleteChanges(database, new Date('2026-03-01T12:00:00Z'), 10)).toBe(2);
  });
});

describeEachEngine('the origin of what Redis holds', (open) => {
  test('is one, stays, and is another after a restore, which nobody has to be told changes of', async () => {
    const database = await open({ migrations: cacheMigrations });
    const before = await findOrigin(database);
    expect(await findOrigin(database)).toBe(before);
    await addChanges(database, [row('1')], new Date(0));
    await database.withTransaction({ name: 'restore' }, renewOrigin);
    expect(await findOrigin(database)).not.toBe(before);
    expect((await readChanges(database, 0n, 10)).rows).toEqual([]);
  });
});

describe('a cache over the embedded database', () => {
  test('writes no changes down: there is nobody else', async () => {
    const cache = await startCache();
    const things = cache.namespace<string>(options());
    const effects: (() => unknown)[] = [];
    const tx = { afterCommit: (effect: () => unknown) => effects.push(effect) } as unknown as Tx;
    await things.set('k', 'v');
    await things.changed(tx, { keys: ['k'] });
    expect(things.peek('k')).toBe('v');
    for (const effect of effects) await effect();
    expect(things.peek('k')).toBeUndefined();
    expect(cache.report()).toMatchObject({ redis: 'not-configured', changesBy: 'none' });
    await cache.look();
    expect(await cache.prune(new AbortController().signal)).toBe(0);
  });
});

describePostgres('two caches over one database, without Redis', (open) => {
  async function two(config = seldom) {
    const time = new TestTime();
    const database = await open({ migrations: cacheMigrations, clock: time.clock });
    const caches = await Promise.all([1, 2].map(() => startCache({ database, time }, config)));
    const [a, b] = caches.map((cache) => ({ cache, things: cache.namespace<string>(options()) }));
    return { database, time, a: a as Opened, b: b as Opened };
  }
  type Opened = { cache: Awaited<ReturnType<typeof startCache>>; things: ReturnType<typeof named> };
  const named = (cache: Awaited<ReturnType<typeof startCache>>) => cache.namespace<string>(options());

  test('what one changes the other forgets at its next look, whatever the key', async () => {
    const { a, b } = await two();
    for (const change of ['delete', 'deleteTags', 'clear', 'set', 'deleteMany'] as const) {
      const key = `k\0"\ud800${change}`;
      await b.things.set(key, 'old', { tags: ['t'] });
      if (change === 'delete') await a.things.delete(key);
      else if (change === 'deleteMany') {
        await a.things.deleteMany([...Array.from({ length: 450 }, (_, n) => `m${n}`), key]);
      } else if (change === 'deleteTags') await a.things.deleteTags(['t']);
      else if (change === 'clear') await a.things.clear();
      else await a.things.set(key, 'new');
      expect(b.things.peek(key)).toBe('old');
      await b.cache.look();
      expect([change, b.things.peek(key)]).toEqual([change, undefined]);
    }
    expect(a.things.peek('k\0"\ud800set')).toBe('new');
  });

  test('a change is told by the transaction that makes it: never before, never without it', async () => {
    const { a, b, database } = await two();
    await a.things.set('k', 'old');
    await a.cache.look();
    await b.things.set('k', 'old');
    await a.cache.look();
    await a.things.set('k', 'old');
    await b.cache.look();
    await b.things.getOrLoad('k', async () => 'old');
    const undone = database.withTransaction({ name: 'undone' }, async (tx) => {
      await a.things.changed(tx, { keys: ['k'] });
      return tx.rollback('undone');
    });
    expect(await undone).toBe('undone');
    await b.cache.look();
    expect([a.things.peek('k'), b.things.peek('k')]).toEqual(['old', 'old']);
    await database.withTransaction({ name: 'done' }, async (tx) => {
      await a.things.changed(tx, { keys: ['k'] });
      expect(a.things.peek('k')).toBe('old');
    });
    expect(a.things.peek('k')).toBeUndefined();
    await b.cache.look();
    expect(b.things.peek('k')).toBeUndefined();
  });

  test('a change that commits late is not passed over by those that came after it', async () => {
    const { a, b, database } = await two();
    const written = handle<void>();
    const commit = handle<void>();
    const late = database.withTransaction({ name: 'late' }, async (tx) => {
      await a.things.changed(tx, { keys: ['late'] });
      written.resolve();
      await commit.promise;
    });
    await written.promise;
    await a.things.delete('early');
    await b.things.getOrLoad('late', async () => 'old');
    await b.cache.look();
    await b.cache.look();
    expect(b.things.peek('late')).toBe('old');
    commit.resolve();
    await late;
    await b.cache.look();
    expect(b.things.peek('late')).toBeUndefined();
  });

  test('a change is told once: what is loaded after it stays', async () => {
    const { a, b, database } = await two();
    const open = handle<void>();
    // An open transaction holds the position back, so that the same rows are read again and again.
    const holding = database.withTransaction({ name: 'holding' }, async (tx) => {
      await a.things.changed(tx, { keys: ['other'] });
      await open.promise;
    });
    await a.things.delete('k');
    await b.cache.look();
    await b.things.getOrLoad('k', async () => 'new');
    await b.cache.look();
    expect(b.things.peek('k')).toBe('new');
    open.resolve();
    await holding;
  });

  test('past a thousand changes at once nothing is taken for fresh any more', async () => {
    const { b, time, database } = await two();
    await b.things.getOrLoad('k', async () => 'old');
    await b.cache.look();
    expect(b.things.peek('k')).toBe('old');
    const rows = Array.from({ length: 1_000 }, (_, n) => row(JSON.stringify({ keys: [`${n}`] })));
    await addChanges(database, rows, time.clock.now());
    await b.cache.look();
    expect(b.things.peek('k')).toBeUndefined();
  });

  test('it looks by itself, and memory has an age there', async () => {
    const { a, b, time } = await two({ tail: { pollMs: 50, keepMinutes: 60 } });
    await b.things.getOrLoad('k', async () => 'old');
    await a.things.delete('k');
    await vi.waitFor(() => expect(b.things.peek('k')).toBeUndefined(), 5_000);
    await b.things.getOrLoad('k', async () => 'new');
    await vi.waitFor(() => expect(b.things.peek('k')).toBe('new'));
    time.advance(30_000);
    expect(b.things.peek('k')).toBeUndefined();
    expect(await a.cache.prune(new AbortController().signal)).toBe(0);
    time.advance(3_600_000);
    expect(await a.cache.prune(new AbortController().signal)).toBe(1);
    expect(b.cache.report()).toMatchObject({ changesBy: 'database' });
  });

  test('while the database is gone it says so, and goes on by itself', async () => {
    const { b, database } = await two();
    const { withTransaction: _, ...broken } = database;
    const time = new TestTime();
    const cache = await startCache({ database: { ...broken, engine: 'postgres' } as never, time }, seldom);
    expect(await cache.health()).toMatchObject({ status: 'degraded' });
    expect(await b.cache.health()).toMatchObject({ status: 'healthy' });
  });
});
