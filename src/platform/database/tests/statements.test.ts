import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { tables } from '../index.js';
import { Statements } from '../statements.js';
import { type ItemTables, itemMigrations as migrations, serviceForTest } from './helpers.js';

describe('labels of statements', () => {
  const labels = (text: string) => {
    const { operation, table } = new Statements({ prepare: true }).describe(text);
    return `${operation} ${table}`;
  };

  test.each([
    ['select "a" from "users" where "id" = $1', 'select users'],
    ['select 1', 'select none'],
    ['insert into "users" ("id") values ($1) on conflict do nothing', 'insert users'],
    ['update "users" set "a" = $1', 'update users'],
    ['update users set a = 1', 'update users'],
    ['delete from "auth"."sessions" where true', 'delete sessions'],
    ['with x as (update "grants" set used = 1 returning *) select * from x', 'update grants'],
    ['with x as (select * from "books") select * from x', 'select books'],
    ['  (select 1) union (select 2)', 'select none'],
    ['create table "made up"', 'other none'],
    ['select * from "Robert\'); drop"', 'select none'],
    ['select * from users for update', 'select users'],
    ['', 'other none'],
  ])('%s', (text, expected) => {
    expect(labels(text)).toBe(expected);
  });

  test('texts made up at run time fill neither the memory, nor the server, nor the metrics', () => {
    const statements = new Statements({ prepare: true });
    const seen = new Set<string>();
    const names = new Set<string>();
    for (let n = 0; n < 5000; n++) {
      const text = `select ${n} from t${n}`;
      for (let use = 0; use < 4; use++) {
        const { table, name } = statements.describe(text);
        seen.add(table);
        if (name !== undefined) names.add(name);
      }
    }
    expect(seen.size).toBeLessThanOrEqual(81);
    expect(seen).toContain('other');
    expect(names.size).toBe(300);
  });

  test('only what recurs is prepared, and nothing when it is turned off', () => {
    const on = new Statements({ prepare: true });
    expect([1, 2, 3, 4].map(() => on.describe('select 1').name)).toEqual([
      undefined,
      undefined,
      's1_0',
      's1_0',
    ]);
    const off = new Statements({ prepare: false });
    expect([1, 2, 3, 4].map(() => off.describe('select 1').name)).toEqual(Array(4).fill(undefined));
  });
});

describeEachEngine('statements', (open, engine) => {
  test('prepared ones survive a migration that changes their columns', async () => {
    const database = await open({ migrations });
    const read = () => tables<ItemTables>(database).selectFrom('items').selectAll().execute();
    for (let n = 0; n < 5; n++) await read();
    await sql`alter table items add column extra text default 'new'`.execute(tables(database));
    await sql`insert into items (id) values (1)`.execute(tables(database));
    expect(await read()).toEqual([{ id: 1, label: null, amount: 0, extra: 'new' }]);
    await sql`alter table items drop column extra`.execute(tables(database));
    const inTransaction = await database.withTransaction({ name: 'read' }, (tx) =>
      tables<ItemTables>(tx).selectFrom('items').selectAll().execute(),
    );
    expect(inTransaction).toEqual([{ id: 1, label: null, amount: 0 }]);
  });

  test('parameters stay data, whatever they hold', async () => {
    const database = await open({ migrations });
    const hostile = `'; drop table items; -- "$1 \\ ${'长'.repeat(200_000)} \u{1F600}\r\n`;
    await tables<ItemTables>(database)
      .insertInto('items')
      .values({ id: 1, label: hostile.slice(0, 900), amount: 0 })
      .execute();
    const { rows } = await sql`select ${hostile}::text as text, (select label from items) as label`.execute(
      tables(database),
    );
    expect(rows).toEqual([{ text: hostile, label: hostile.slice(0, 900) }]);
  });

  test('a value that the database can not hold is an error, and the connection stays good', async () => {
    const database = await open();
    await expect(sql`select ${'a\u0000b'}::text as text`.execute(tables(database))).rejects.toMatchObject({
      code: '22021',
    });
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await expect(sql`select ${circular}::jsonb as j`.execute(tables(database))).rejects.toThrow(/circular/i);
    expect((await sql`select 1 as one`.execute(tables(database))).rows).toEqual([{ one: 1 }]);
  });

  test('every one is counted with its operation, table and outcome', async () => {
    const { service, metrics } = await serviceForTest(engine);
    const { database } = service;
    await sql`create table items (id bigint primary key)`.execute(tables(database));
    await sql`insert into items values (1)`.execute(tables(database));
    await sql`insert into items values (1)`.execute(tables(database)).catch(() => {});
    await database.withTransaction({ name: 'kept' }, async (tx) =>
      sql`select * from items`.execute(tables(tx)),
    );
    await database.withTransaction({ name: 'undone' }, async (tx) => tx.rollback(1));
    await database
      .withTransaction({ name: 'failed' }, async () => Promise.reject(new Error('no')))
      .catch(() => {});
    const page = await metrics.registry.metrics();
    const value = (series: string) =>
      Number(
        page
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    expect(value('db_queries_total{operation="insert",table="items",outcome="ok"}')).toBe(1);
    expect(value('db_queries_total{operation="insert",table="items",outcome="error"}')).toBe(1);
    expect(value('db_queries_total{operation="select",table="items",outcome="ok"}')).toBe(1);
    expect(value('db_query_duration_seconds_count{operation="insert",table="items"}')).toBe(2);
    expect(value('db_errors_total{operation="insert",code="23505"}')).toBe(1);
    expect(value('db_transactions_total{outcome="committed"}')).toBe(1);
    expect(value('db_transactions_total{outcome="rolled_back"}')).toBe(1);
    expect(value('db_transactions_total{outcome="failed"}')).toBe(1);
    expect(value('db_connections{state="active"}')).toBe(0);
    expect(value('db_connections{state="idle"}')).toBe(1);
    expect(value('db_connections{state="waiting"}')).toBe(0);
    expect(value('db_connections{state="max"}')).toBe(engine === 'pglite' ? 1 : 10);
  });
});
