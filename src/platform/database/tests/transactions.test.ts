import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import {
  type Database,
  isCheckViolation,
  isForeignKeyViolation,
  isUniqueViolation,
  type Tx,
  tables,
} from '../index.js';
import { type ItemTables, itemMigrations as migrations, serviceForTest, signal } from './helpers.js';

const items = (where: Database | Tx) => tables<ItemTables>(where);

async function add(where: Database | Tx, id: number, label: string | null = null): Promise<void> {
  await items(where).insertInto('items').values({ id, label, amount: 0 }).execute();
}

async function ids(database: Database): Promise<number[]> {
  const rows = await items(database).selectFrom('items').select('id').orderBy('id').execute();
  return rows.map((row) => row.id);
}

describeEachEngine('a transaction', (open, engine) => {
  test('is kept when its callback resolves, and answers its value', async () => {
    const database = await open({ migrations });
    const answer = await database.withTransaction({ name: 'add' }, async (tx) => {
      await add(tx, 1);
      return 'done';
    });
    expect(answer).toBe('done');
    expect(await ids(database)).toEqual([1]);
  });

  test('is undone when its callback throws, and the error comes through', async () => {
    const database = await open({ migrations });
    const failure = new Error('no');
    const attempt = database.withTransaction({ name: 'add' }, async (tx) => {
      await add(tx, 1);
      throw failure;
    });
    await expect(attempt).rejects.toBe(failure);
    expect(await ids(database)).toEqual([]);
  });

  test('is undone by a returned tx.rollback, which answers its value', async () => {
    const database = await open({ migrations });
    const answer = await database.withTransaction({ name: 'add' }, async (tx) => {
      await add(tx, 1);
      return tx.rollback({ denied: 'too late' });
    });
    expect(answer).toEqual({ denied: 'too late' });
    expect(await ids(database)).toEqual([]);
  });

  test('is undone when the result of tx.rollback is lost on the way', async () => {
    const database = await open({ migrations });
    const attempt = database.withTransaction({ name: 'add' }, async (tx) => {
      await add(tx, 1);
      tx.rollback('denied');
      return 'granted';
    });
    await expect(attempt).rejects.toThrow(/must be returned from the callback/);
    expect(await ids(database)).toEqual([]);
  });

  test('never claims a commit when a statement had failed and the callback went on', async () => {
    const database = await open({ migrations });
    await add(database, 1);
    const attempt = database.withTransaction({ name: 'add' }, async (tx) => {
      await add(tx, 2);
      await add(tx, 1).catch(() => {});
    });
    await expect(attempt).rejects.toThrow(/was not committed/);
    expect(await ids(database)).toEqual([1]);
  });

  test('is undone when the callback ends while a statement still runs', async () => {
    const database = await open({ migrations });
    const late: Promise<unknown>[] = [];
    const attempt = database.withTransaction({ name: 'add' }, async (tx) => {
      late.push(sql`insert into items (id) select 1 from pg_sleep(0.2)`.execute(tables(tx)));
      await new Promise(setImmediate);
    });
    await expect(attempt).rejects.toThrow(/await it/);
    await Promise.allSettled(late);
    expect(await ids(database)).toEqual([]);
  });

  test('runs statements one after the other that were started at once', async () => {
    const database = await open({ migrations });
    await database.withTransaction({ name: 'add' }, async (tx) => {
      await Promise.all([add(tx, 1), add(tx, 2), add(tx, 3)]);
    });
    expect(await ids(database)).toEqual([1, 2, 3]);
  });

  test('refuses its Tx after its end', async () => {
    const database = await open({ migrations });
    const leaked = await database.withTransaction({ name: 'leak' }, async (tx) => ({ tx }));
    await expect(add(leaked.tx, 1)).rejects.toThrow(/used after it ended/);
    expect(() => leaked.tx.afterCommit(() => {})).toThrow(/used after it ended/);
    expect(await ids(database)).toEqual([]);
  });

  test('refuses the database itself and a second transaction inside, however deep', async () => {
    const database = await open({ migrations });
    const deep = async (depth: number): Promise<void> => (depth > 0 ? deep(depth - 1) : add(database, 2));
    await database.withTransaction({ name: 'outer' }, async (tx) => {
      await add(tx, 1);
      await expect(deep(5)).rejects.toThrow(/inside the open transaction outer/);
      await expect(database.withTransaction({ name: 'inner' }, async () => 1)).rejects.toThrow(
        /transaction inner was opened inside the open transaction outer/,
      );
    });
    expect(await ids(database)).toEqual([1]);
  });

  test('lets work that it started, but that outlives it, use the database', async () => {
    const database = await open({ migrations });
    const ended = signal();
    const later = await database.withTransaction({ name: 'outer' }, async () => ({
      work: ended.promise.then(() => add(database, 7)),
    }));
    ended.give();
    await later.work;
    expect(await ids(database)).toEqual([7]);
  });

  test('runs effects after its commit only, and a failing effect changes nothing', async () => {
    const database = await open({ migrations });
    const seen: string[] = [];
    await database.withTransaction({ name: 'kept' }, async (tx) => {
      tx.afterCommit(() => {
        throw new Error('an effect');
      });
      tx.afterCommit(async () => {
        seen.push(`kept, ids ${await ids(database)}`);
      });
      await add(tx, 1);
      expect(seen).toEqual([]);
    });
    await database.withTransaction({ name: 'undone' }, async (tx) => {
      tx.afterCommit(() => void seen.push('undone'));
      return tx.rollback(0);
    });
    const failed = database.withTransaction({ name: 'failed' }, async (tx) => {
      tx.afterCommit(() => void seen.push('failed'));
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(seen).toEqual(['kept, ids 1']);
  });

  test('50 at once on one row lose no update', async () => {
    const database = await open({ migrations });
    await add(database, 1);
    await Promise.all(
      Array.from({ length: 50 }, () =>
        database.withTransaction({ name: 'increment' }, async (tx) => {
          const row = await items(tx)
            .selectFrom('items')
            .select('amount')
            .where('id', '=', 1)
            .forUpdate()
            .executeTakeFirstOrThrow();
          await items(tx)
            .updateTable('items')
            .set({ amount: row.amount + 1 })
            .where('id', '=', 1)
            .execute();
        }),
      ),
    );
    const row = await items(database).selectFrom('items').select('amount').executeTakeFirstOrThrow();
    expect(row.amount).toBe(50);
  });

  test('that is left idle is rolled back, and its connection serves others', async () => {
    const { service } = await serviceForTest(engine, { idleInTransactionTimeoutMs: 100, poolMax: 1 });
    const { database } = service;
    await sql`create table items (id bigint primary key, label text, amount bigint)`.execute(
      tables(database),
    );
    const never = signal();
    const late: Promise<unknown>[] = [];
    const attempt = database.withTransaction({ name: 'sleeper' }, async (tx) => {
      await add(tx, 1);
      await never.promise;
      late.push(add(tx, 2));
    });
    await expect(attempt).rejects.toThrow(/sleeper was rolled back: no statement ran for 100 ms/);
    expect(await ids(database)).toEqual([]);
    never.give();
    await expect.poll(() => late.length).toBe(1);
    await expect(late[0]).rejects.toThrow(/used after it ended/);
  });

  test('violations of constraints are told apart by name', async () => {
    const database = await open({
      migrations: [
        ...migrations,
        { id: '0002-parts', up: 'create table parts (item_id bigint not null references items (id))' },
      ],
    });
    await add(database, 1, 'a');
    const error = await add(database, 2, 'a').catch((thrown) => thrown);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'items_label_unique')).toBe(true);
    expect(isUniqueViolation(error, 'items_pkey')).toBe(false);
    const check = await sql`update items set amount = -1`.execute(tables(database)).catch((thrown) => thrown);
    expect(isCheckViolation(check, 'items_amount_positive')).toBe(true);
    const missing = await sql`insert into parts values (9)`
      .execute(tables(database))
      .catch((thrown) => thrown);
    expect(isForeignKeyViolation(missing)).toBe(true);
    expect(isUniqueViolation(missing)).toBe(false);
    const wrapped = new Error('sign-up failed', { cause: error });
    expect(isUniqueViolation(wrapped, 'items_label_unique')).toBe(true);
  });

  test('the query builder opens none by itself', async () => {
    const database = await open({ migrations });
    await expect(
      items(database)
        .transaction()
        .execute(async () => 1),
    ).rejects.toThrow(/withTransaction only/);
    const rows = items(database).selectFrom('items').selectAll().stream();
    await expect(rows[Symbol.asyncIterator]().next()).rejects.toThrow(/not streamed/);
  });
});
