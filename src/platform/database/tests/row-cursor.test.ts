import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { type Database, declareCursor, fetchRows, type Tx, tables } from '../index.js';
import { type ItemTables, itemMigrations as migrations } from './helpers.js';

async function add(where: Database | Tx, id: number): Promise<void> {
  await tables<ItemTables>(where).insertInto('items').values({ id, label: null, amount: 0 }).execute();
}

async function count(where: Database | Tx): Promise<number> {
  const rows = await tables<ItemTables>(where).selectFrom('items').select('id').execute();
  return rows.length;
}

const snapshot = { name: 'look', mode: 'snapshot' } as const;

describeEachEngine('a snapshot', (open, engine) => {
  test('refuses to write', async () => {
    const database = await open({ migrations });
    const attempt = database.withTransaction(snapshot, (tx) => add(tx, 1));
    await expect(attempt).rejects.toThrow('read-only transaction');
    expect(await count(database)).toBe(0);
    await database.withTransaction({ name: 'add' }, (tx) => add(tx, 1));
    expect(await count(database)).toBe(1);
  });

  if (engine === 'postgres') {
    test('sees what its first statement saw, whatever others commit', async () => {
      const database = await open({ migrations });
      let wrote = () => {};
      const written = new Promise<void>((resolve) => {
        wrote = resolve;
      });
      let looked = () => {};
      const first = new Promise<void>((resolve) => {
        looked = resolve;
      });
      const counts = database.withTransaction(snapshot, async (tx) => {
        const before = await count(tx);
        looked();
        await written;
        return [before, await count(tx)];
      });
      await first;
      await add(database, 1);
      wrote();
      expect(await counts).toEqual([0, 0]);
      expect(await count(database)).toBe(1);
    });
  }

  test('is read by a cursor in pieces, and ends with its transaction', async () => {
    const database = await open({ migrations });
    for (const id of [1, 2, 3]) await add(database, id);
    const pieces = await database.withTransaction(snapshot, async (tx) => {
      await declareCursor(tx, 'pieces', 'select id from items order by id');
      return [
        await fetchRows(tx, 'pieces', 2),
        await fetchRows(tx, 'pieces', 2),
        await fetchRows(tx, 'pieces', 2),
      ];
    });
    expect(pieces).toEqual([[{ id: 1 }, { id: 2 }], [{ id: 3 }], []]);
  });
});
