import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testPostgresUrl } from '../../../testing/databases.js';
import type { DatabaseEngine, Migration } from '../../database/index.js';
import { openInstallation, ownDatabase, temporaryFolder } from './backup-harness.js';

const kinds: Migration = {
  id: '0001-kinds',
  up: `
    create type mood as enum ('calm', 'wild');
    create domain coins as bigint check (value >= 0);
    create table kinds (
      id bigint generated always as identity primary key,
      big bigint, tiny smallint, price numeric, exact numeric(12, 2), ratio double precision, narrow real,
      flag boolean, word text, short varchar(5), fixed char(4), bytes bytea, moment timestamptz,
      wall timestamp, day date, clock time, span interval, key uuid, plain json, tree jsonb,
      names text[], grid bigint[], feeling mood, purse coins, address inet, period tstzrange, bits bit(3),
      doubled bigint generated always as (tiny::bigint * 2) stored
    );
    create table empty_ones (id integer primary key);
    create table counted (id serial primary key, note text);
    create table "Odd ""name""" ("or""der" integer, "select" text);
  `,
};

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
const json = (value: unknown) => text(JSON.stringify(value));
const odd = 'quote " apostrophe \' backslash \\ tab \t newline \n carriage \r 青羽 😀 \u2028 \\u0000 \u0001';

/** Values at the edges of their types; each row is a list of SQL literals. */
const rows = [
  `(9007199254740993, -32768, 123456789012345678901234567890.123456789, 0.10, 1e308, 3.4e38, true,
    ${text(odd)}, 'abcde', 'ab', '\\x00ff0a5c22', '2026-02-03 04:05:06.123456+08', '2026-02-03 04:05:06.000001',
    '2026-02-03', '23:59:59.999999', '1 year 2 mons -3 days 04:05:06.789',
    '00000000-0000-0000-0000-000000000001', '{"b": 1,\n "a":  [1.50, 1e2], "b": 2}',
    ${json({ odd, number: 1.5, list: [null, true] })}, array['a,b', '"c"', '{d}', '', null, 'NULL', ${text(odd)}],
    '{{1,2},{3,9223372036854775807}}', 'wild', 5, '2001:db8::/32', '[2026-01-01,2026-02-01)', B'101')`,
  `(-9223372036854775808, 32767, 'NaN', -1.25, 'NaN', 'Infinity', false, '', '', '', '', 'infinity',
    '-infinity', '4713-01-01 BC', '00:00:00', '0', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', 'null', '{}', '{}',
    'calm', 0, '10.0.0.1', 'empty', B'000')`,
  `(null, null, 'Infinity', null, '-0', '-0', null, null, null, null, null, null, null, null, null, null, null,
    null, null, null, null, null, null, null, null, null)`,
  `(0, 0, 1e-20, 0, 0.1, 0.1, null, 'a''b', null, null, null, '0001-01-01 00:00:00+00 BC', null, 'infinity', null,
    null, null, '"x"', '12345678901234567890.500', null, null, null, null, null, null, null)`,
];

const fill = [
  `insert into kinds (big, tiny, price, exact, ratio, narrow, flag, word, short, fixed, bytes, moment, wall, day,
    clock, span, key, plain, tree, names, grid, feeling, purse, address, period, bits) values ${rows.join(', ')}`,
  `insert into counted (note) select 'note ' || n from generate_series(1, 3000) n`,
  'delete from counted where id > 2990',
  `insert into "Odd ""name""" values (1, 'kept')`,
];

const ways: [DatabaseEngine, DatabaseEngine][] = [
  ['pglite', 'pglite'],
  ['pglite', 'postgres'],
  ['postgres', 'pglite'],
  ['postgres', 'postgres'],
];
const possible = ways.filter((way) => testPostgresUrl !== undefined || !way.includes('postgres'));

describe.each(possible)('a backup of %s restored on %s', (from, to) => {
  test('brings back every value of every type exactly, and nothing else', async () => {
    const path = join(await temporaryFolder(), 'all.backup');
    const source = await openInstallation(ownDatabase(from), { migrations: [kinds] });
    for (const statement of fill) await source.run(statement);
    const written = await source.backup(path);
    expect(written).toMatchObject({ tables: 4, rows: 4 + 2990 + 1, secretKeys: [] });
    const target = await openInstallation(ownDatabase(to), { migrations: [kinds] });
    await target.run(`insert into empty_ones values (1)`);
    const restored = await target.restore(path);
    expect(restored).toMatchObject({ rows: written.rows, engine: from, application: '1.2.3', migrated: [] });
    expect(await target.content()).toEqual(await source.content());
    const [edge] = await target.run(
      `select big::text, ratio::text, moment::text, plain::text from kinds where id = 1`,
    );
    expect(edge).toEqual({
      big: '9007199254740993',
      ratio: '1e+308',
      moment: '2026-02-02 20:05:06.123456+00',
      plain: '{"b": 1,\n "a":  [1.50, 1e2], "b": 2}',
    });
    expect(await target.run(`select ratio::text as ratio from kinds where id = 3`)).toEqual([
      { ratio: '-0' },
    ]);
  });

  test('goes on counting where it was, and never gives an id twice', async () => {
    const path = join(await temporaryFolder(), 'all.backup');
    const source = await openInstallation(ownDatabase(from), { migrations: [kinds] });
    for (const statement of fill) await source.run(statement);
    await source.backup(path);
    const target = await openInstallation(ownDatabase(to), { migrations: [kinds] });
    await target.restore(path);
    expect(await target.run(`insert into counted (note) values ('next') returning id`)).toEqual([
      { id: 3001 },
    ]);
    expect(await target.run(`insert into kinds (tiny) values (1) returning id, doubled`)).toEqual([
      { id: 5, doubled: 2 },
    ]);
  });

  test('of an empty database is an empty database', async () => {
    const path = join(await temporaryFolder(), 'empty.backup');
    const source = await openInstallation(ownDatabase(from), { migrations: [kinds] });
    expect(await source.backup(path)).toMatchObject({ rows: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const target = await openInstallation(ownDatabase(to), { migrations: [kinds] });
    await target.restore(path);
    expect(await target.content()).toEqual(await source.content());
    expect(await target.run(`insert into counted (note) values ('first') returning id`)).toEqual([{ id: 1 }]);
  });
});
