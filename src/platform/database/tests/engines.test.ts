import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { type Migration, tables } from '../index.js';

interface Tables {
  items: { id: number; label: string | null };
}

const migrations: Migration[] = [
  { id: '0001-items', up: 'create table items (id bigint primary key, label text unique)' },
];

describeEachEngine('value types', (open) => {
  test('both engines give the same JavaScript values', async () => {
    const database = await open();
    const at = new Date('2026-02-03T04:05:06.789Z');
    const { rows } = await sql`select ${7}::int8 as int8, ${'12345678901234567890.05'}::numeric as "numeric",
      ${at}::timestamptz as "timestamptz", ${'2026-02-03'}::date as "date", ${{ a: [1, '二'] }}::jsonb as "jsonb",
      ${Buffer.from([0, 255])}::bytea as "bytea", ${[1, 2]}::int8[] as int8s, ${['a', 'b,"']}::text[] as texts,
      ${['0.10']}::numeric[] as numerics, ${true}::bool as "bool", ${null}::text as nothing,
      '2026-02-03 04:05:06.789'::timestamp as "timestamp", count(*) as counted`.execute(tables(database));
    expect(rows[0]).toEqual({
      int8: 7,
      numeric: '12345678901234567890.05',
      timestamptz: at,
      date: '2026-02-03',
      jsonb: { a: [1, '二'] },
      bytea: Buffer.from([0, 255]),
      int8s: [1, 2],
      texts: ['a', 'b,"'],
      numerics: ['0.10'],
      bool: true,
      nothing: null,
      timestamp: at,
      counted: 1,
    });
  });

  test('an integer past 2^53 is an error, never a rounded number', async () => {
    const database = await open();
    await expect(sql`select 9007199254740993::int8 as n`.execute(tables(database))).rejects.toThrow(
      /9007199254740993/,
    );
    expect((await sql`select 9007199254740991::int8 as n`.execute(tables(database))).rows).toEqual([
      { n: 9007199254740991 },
    ]);
  });

  test('rows written in a transaction are read after it', async () => {
    const database = await open({ migrations });
    await database.withTransaction({ name: 'add' }, async (tx) => {
      await tables<Tables>(tx).insertInto('items').values({ id: 1, label: 'x' }).execute();
    });
    expect(await tables<Tables>(database).selectFrom('items').selectAll().execute()).toEqual([
      { id: 1, label: 'x' },
    ]);
  });
});
