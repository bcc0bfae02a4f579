import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import {
  createPostgresDatabase,
  describeEachEngine,
  describePostgres,
  startService,
  testDatabaseConfig,
} from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { systemClock } from '../../kernel/index.js';
import {
  type Database,
  type MigrateOptions,
  type Migration,
  migrate,
  SchemaService,
  tables,
} from '../index.js';
import { signal } from './helpers.js';

const log = pino({ level: 'silent' });
const options: MigrateOptions = { clock: systemClock, log, holder: 'a' };

const first: Migration = { id: '0001-first', up: 'create table first (id int)' };
const second: Migration = {
  id: '0002-second',
  up: 'create table second (id int); insert into second values (1)',
};

async function relations(database: Database): Promise<unknown[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_name not like 'schema%' order by 1`.execute(tables(database));
  return rows.map((row) => row.name);
}

async function lease(database: Database, holder: string, expiresAt: Date): Promise<void> {
  await sql`insert into schema_lease values ('migrations', ${holder}, ${expiresAt})`.execute(
    tables(database),
  );
}

describeEachEngine('migrations', (open) => {
  test('apply each step once, in order of their numbers, and record when', async () => {
    const database = await open();
    const clock = new FakeClock('2026-01-02T03:04:05.678Z');
    expect(await migrate(database, [second, first], { ...options, clock })).toEqual({
      applied: ['0001-first', '0002-second'],
    });
    expect(await migrate(database, [first, second], { ...options, clock })).toEqual({ applied: [] });
    expect(await relations(database)).toEqual(['first', 'second']);
    const { rows } = await sql`select id, applied_at from schema_migrations order by id`.execute(
      tables(database),
    );
    expect(rows).toEqual([
      { id: '0001-first', applied_at: clock.now() },
      { id: '0002-second', applied_at: clock.now() },
    ]);
    expect((await sql`select * from second`.execute(tables(database))).rows).toHaveLength(1);
  });

  test('a step that fails leaves nothing of itself, and says so with the words of the database', async () => {
    const database = await open();
    const broken: Migration = {
      id: '0002-broken',
      up: 'create table half (id int); insert into missing values (1)',
    };
    await expect(migrate(database, [first, broken], options)).rejects.toThrow(
      /0002-broken failed: relation "missing" does not exist\. Nothing of this step was kept/,
    );
    expect(await relations(database)).toEqual(['first']);
    expect(await migrate(database, [first, second], options)).toEqual({ applied: ['0002-second'] });
  });

  test('a step that was changed after it was applied is refused by name', async () => {
    const database = await open();
    await migrate(database, [first], options);
    const changed = { ...first, up: 'create table first (id bigint)' };
    await expect(migrate(database, [changed, second], options)).rejects.toThrow(/0001-first was changed/);
    expect(await relations(database)).toEqual(['first']);
  });

  test('a checkout with other line ends is no change', async () => {
    const database = await open();
    await migrate(database, [{ id: '0001-a', up: 'create table a (\n id int)' }], options);
    expect(await migrate(database, [{ id: '0001-a', up: 'create table a (\r\n id int)' }], options)).toEqual({
      applied: [],
    });
  });

  test('an older release runs on a newer schema until a step says that it must not', async () => {
    const database = await open();
    await migrate(database, [first, second], options);
    expect(await migrate(database, [first], options)).toEqual({ applied: [] });
    await migrate(
      database,
      [first, second, { id: '0003-third', up: 'drop table first', minCode: 2 }],
      options,
    );
    await expect(migrate(database, [first], options)).rejects.toThrow(
      /too new for this release: after 0003-third it needs one that knows migration 2, this one knows 1/,
    );
    expect(await migrate(database, [first, second], options)).toEqual({ applied: [] });
  });

  test('a step that comes too late for its number is refused', async () => {
    const database = await open();
    await migrate(database, [second], options);
    await expect(migrate(database, [first, second], options)).rejects.toThrow(
      /0001-first was never applied.*above 2/,
    );
  });

  test('a dead instance holds the others up until its lease ends, and no longer', async () => {
    const database = await open({ migrations: [first] });
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    await lease(database, 'dead instance', new Date('2026-01-01T00:00:30Z'));
    const limits = { ...testDatabaseConfig(), migrationWaitSeconds: 0 };
    await expect(migrate(database, [first, second], { ...options, clock, limits })).rejects.toThrow(
      /another instance \(dead instance\) has been migrating/,
    );
    clock.advance(30_000);
    expect(await migrate(database, [first, second], { ...options, clock, limits })).toEqual({
      applied: ['0002-second'],
    });
    expect((await sql`select * from schema_lease`.execute(tables(database))).rows).toEqual([]);
  });

  test('an instance waits for another one that migrates', async () => {
    const database = await open({ migrations: [first] });
    const waiting = signal();
    await lease(database, 'busy instance', new Date(Date.now() + 60_000));
    const listening = pino({ level: 'info' }, { write: () => waiting.give() });
    const migration = migrate(database, [first, second], { ...options, log: listening });
    await waiting.promise;
    expect(await relations(database)).toEqual(['first']);
    await sql`delete from schema_lease`.execute(tables(database));
    expect(await migration).toEqual({ applied: ['0002-second'] });
  });

  test('an instance that lost its lease between two steps changes nothing without it', async () => {
    const clock = new FakeClock('2026-01-01T00:01:00Z');
    const limits = { ...testDatabaseConfig(), migrationWaitSeconds: 0 };
    const stealUntil = (end: string): Migration => ({
      id: '0001-first',
      up: `create table first (id int); update schema_lease set holder = 'thief', expires_at = '${end}'`,
    });
    const stolen = await open();
    await expect(
      migrate(stolen, [stealUntil('2026-01-01T00:02:00Z'), second], { ...options, clock, limits }),
    ).rejects.toThrow(/another instance \(thief\)/);
    expect(await relations(stolen)).toEqual(['first']);
    const regained = await open();
    const { applied } = await migrate(regained, [stealUntil('2026-01-01T00:01:00Z'), second], {
      ...options,
      clock,
      limits,
    });
    expect(applied).toEqual(['0001-first', '0002-second']);
  });

  test('the lease is given back after a failure', async () => {
    const database = await open();
    await expect(migrate(database, [{ id: '0001-bad', up: 'nonsense' }], options)).rejects.toThrow(
      /0001-bad/,
    );
    expect((await sql`select * from schema_lease`.execute(tables(database))).rows).toEqual([]);
  });

  test.each([
    [[{ id: '1-a', up: '' }], /looks like 0003-auth-sessions/],
    [
      [
        { id: '0001-a', up: '' },
        { id: '0001-b', up: '' },
      ],
      /0001-a and 0001-b have the same number/,
    ],
    [[first, first], /0001-first and 0001-first have the same number/],
    [[{ id: '0001-a', up: 'create table a (); commit; create table b ()' }], /without begin, commit/],
    [[{ id: '0001-a', up: 'BEGIN;\ncreate table a ()' }], /without begin, commit/],
  ])('a list that can not be right is refused (%#)', async (list, message) => {
    const database = await open();
    await expect(migrate(database, list, options)).rejects.toThrow(message);
    expect(await relations(database)).toEqual([]);
  });

  test('a function body may hold begin and end', async () => {
    const database = await open();
    const up = `create function f() returns int language plpgsql as $body$
      begin
        return 1; -- commit;
      end;
      $body$`;
    expect(await migrate(database, [{ id: '0001-f', up }], options)).toEqual({ applied: ['0001-f'] });
    expect((await sql`select f() as f, 'a; commit;' as text`.execute(tables(database))).rows).toEqual([
      { f: 1, text: 'a; commit;' },
    ]);
  });

  test('the schema service is unhealthy on a schema that left this release behind', async () => {
    const database = await open();
    const service = new SchemaService({
      database,
      migrations: [first],
      config: testDatabaseConfig(),
      ...options,
    });
    await service.initialize();
    expect(await service.health()).toEqual({ status: 'healthy' });
    await migrate(database, [first, { ...second, minCode: 2 }], options);
    await expect(service.health()).rejects.toThrow(/too new/);
    await service.close();
  });
});

describePostgres('migrations of several instances', () => {
  test('instances that start at once apply each step once', async () => {
    const { url, drop } = await createPostgresDatabase();
    const instances = await Promise.all([1, 2, 3, 4].map(() => startService({ dataDir: undefined, url })));
    // Were a step run twice, its table would exist already.
    const steps = Array.from({ length: 10 }, (_, n) => ({
      id: `${String(n + 1).padStart(4, '0')}-step`,
      up: `create table t${n} (id int)`,
    }));
    const results = await Promise.all(
      instances.map((instance, n) =>
        migrate(instance.database, steps, { ...options, holder: `instance ${n}` }),
      ),
    );
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual(steps.map(({ id }) => id));
    await Promise.all(instances.map((instance) => instance.close()));
    await drop();
  });

  test('a step that takes longer than the lease and the lock limit is still waited for', async () => {
    const { url, drop } = await createPostgresDatabase();
    const slowStarts = await startService({ dataDir: undefined, url });
    const waits = await startService({ dataDir: undefined, url, lockTimeoutMs: 50 });
    const slow: Migration = { id: '0001-slow', up: 'create table slow (id int); select pg_sleep(1)' };
    await migrate(slowStarts.database, [], options);
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const working = migrate(slowStarts.database, [slow], { ...options, clock });
    const asleep = () =>
      sql`select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`.execute(
        tables(waits.database),
      );
    await expect.poll(async () => (await asleep()).rows.length).toBe(1);
    clock.advance(3_600_000);
    const waiting = migrate(waits.database, [slow], { ...options, clock });
    expect((await working).applied).toEqual(['0001-slow']);
    expect((await waiting).applied).toEqual([]);
    await Promise.all([slowStarts.close(), waits.close()]);
    await drop();
  });
});
