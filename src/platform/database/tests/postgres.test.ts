import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import {
  createPostgresDatabase,
  describePostgres,
  startService,
  testDatabaseConfig,
} from '../../../testing/databases.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { systemClock } from '../../kernel/index.js';
import { Metrics } from '../../metrics/index.js';
import {
  type Database,
  type DatabaseConfig,
  DatabaseService,
  isDatabaseUnavailable,
  isLockTimeout,
  tables,
} from '../index.js';
import { itemMigrations, signal } from './helpers.js';

const log = pino({ level: 'silent' });

async function start(values: Partial<DatabaseConfig> = {}) {
  const { url, drop } = await createPostgresDatabase(itemMigrations);
  const proxy = await FaultProxy.start(url);
  const metrics = new Metrics();
  const service = await startService({ dataDir: undefined, url: proxy.url, ...values }, { metrics });
  onTestFinished(async () => {
    await service.close();
    await drop();
  });
  const transactions = async (outcome: string) => {
    const { values } = (await metrics.registry.getSingleMetric('db_transactions_total')?.get()) ?? {
      values: [],
    };
    return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
  };
  return { service, database: service.database, proxy, url, transactions };
}

const answers = async (database: Database) => (await sql`select 1 as one`.execute(tables(database))).rows;
const addItem = (where: Parameters<typeof tables>[0], id: number) =>
  sql`insert into items (id) values (${id})`.execute(tables(where));
const setAmount = (where: Parameters<typeof tables>[0], id: number) =>
  sql`update items set amount = amount + 1 where id = ${id}`.execute(tables(where));
const ids = async (database: Database) =>
  (await sql<{ id: number }>`select id from items order by id`.execute(tables(database))).rows.map(
    ({ id }) => id,
  );

describePostgres('PostgreSQL', () => {
  test('a statement past its time limit is cancelled with 503, and the connection serves on', async () => {
    const { database } = await start({ statementTimeoutMs: 100, poolMax: 1 });
    const slow = sql`select pg_sleep(30)`.execute(tables(database));
    await expect(slow).rejects.toMatchObject({ code: 'database-timeout', definition: { status: 503 } });
    expect(await answers(database)).toEqual([{ one: 1 }]);
  });

  test('a wait for a lock ends at its limit and is told apart', async () => {
    const { database } = await start({ lockTimeoutMs: 100 });
    await addItem(database, 1);
    const locked = signal();
    const done = signal();
    const holder = database.withTransaction({ name: 'holder' }, async (tx) => {
      await setAmount(tx, 1);
      locked.give();
      await done.promise;
    });
    await locked.promise;
    const error = await setAmount(database, 1).catch((thrown) => thrown);
    expect(isLockTimeout(error)).toBe(true);
    done.give();
    await holder;
  });

  test('a deadlock is resolved by repeating one of the two', async () => {
    const { database, transactions } = await start();
    await addItem(database, 1);
    await addItem(database, 2);
    const bothHold = [signal(), signal()];
    const runs = [0, 0];
    const cross = (own: 0 | 1) =>
      database.withTransaction({ name: 'cross' }, async (tx) => {
        runs[own] = (runs[own] as number) + 1;
        await setAmount(tx, own + 1);
        bothHold[own]?.give();
        await bothHold[1 - own]?.promise;
        await setAmount(tx, 2 - own);
      });
    await Promise.all([cross(0), cross(1)]);
    expect(runs.reduce((sum, n) => sum + n)).toBe(3);
    expect(await transactions('retried')).toBe(1);
    const { rows } = await sql`select amount from items`.execute(tables(database));
    expect(rows).toEqual([{ amount: 2 }, { amount: 2 }]);
  });

  test('serialization failures are repeated until all are through', async () => {
    const { database } = await start({ transactionRetriesMax: 10 });
    await addItem(database, 1);
    await Promise.all(
      [1, 2, 3].map(() =>
        database.withTransaction({ name: 'serializable' }, async (tx) => {
          await sql`set transaction isolation level serializable`.execute(tables(tx));
          await sql`select amount from items where id = 1`.execute(tables(tx));
          await setAmount(tx, 1);
        }),
      ),
    );
    expect((await sql`select amount from items`.execute(tables(database))).rows).toEqual([{ amount: 3 }]);
  });

  test('a transaction is repeated 3 times and then fails, also when the callback hides the failure', async () => {
    const { database, transactions } = await start();
    let runs = 0;
    const hopeless = database.withTransaction({ name: 'hopeless' }, async (tx) => {
      runs += 1;
      tx.afterCommit(() => {
        throw new Error('an effect of what was never committed');
      });
      await sql
        .raw(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`)
        .execute(tables(tx))
        .catch(() => {});
    });
    await expect(hopeless).rejects.toThrow(/hopeless was not committed/);
    expect(runs).toBe(4);
    expect(await transactions('retried')).toBe(3);
    expect(await transactions('failed')).toBe(1);
  });

  test('a server that is killed and started again is found again, with 503 in between', async () => {
    const { database, proxy, service } = await start({ poolMax: 3 });
    await Promise.all([answers(database), answers(database), answers(database)]);
    await proxy.kill();
    const error = await answers(database).catch((thrown) => thrown);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(error.options.retryAfterSeconds).toBe(2);
    expect(await service.health()).toMatchObject({ status: 'unhealthy' });
    await proxy.restart();
    await expect.poll(() => service.health()).toEqual({ status: 'healthy' });
    expect(await answers(database)).toEqual([{ one: 1 }]);
  });

  test('a backend that is shut down in the middle of a transaction undoes it with 503', async () => {
    const { database } = await start();
    const attempt = database.withTransaction({ name: 'cut' }, async (tx) => {
      await addItem(tx, 1);
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tables(tx));
    });
    const error = await attempt.catch((thrown) => thrown);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(await ids(database)).toEqual([]);
  });

  test.each([
    ['before', [] as number[]],
    ['after', [1]],
  ] as const)(
    'a connection lost during the commit, %s it took effect, says that the outcome is unknown',
    async (when, kept) => {
      const { database, proxy, transactions } = await start();
      const attempt = database.withTransaction({ name: 'pay' }, async (tx) => {
        await addItem(tx, 1);
        proxy.cutAt = { text: 'commit', when };
      });
      await expect(attempt).rejects.toMatchObject({ code: 'commit-outcome-unknown' });
      expect(await transactions('unknown')).toBe(1);
      expect(await transactions('retried')).toBe(0);
      expect(await ids(database)).toEqual(kept);
    },
  );

  test('a server that falls silent is given up after the deadline', async () => {
    const { database, proxy, service } = await start({
      statementTimeoutMs: 50,
      healthTimeoutMs: 100,
      acquireTimeoutMs: 200,
    });
    await answers(database);
    proxy.drop = 'both';
    const asked = answers(database);
    expect(await service.health()).toMatchObject({ status: 'unhealthy' });
    await expect(asked).rejects.toMatchObject({ code: 'database-timeout' });
    proxy.heal();
    await expect.poll(() => service.health()).toEqual({ status: 'healthy' });
  });

  test('an exhausted pool refuses with 503 after the wait, and at once when the queue is full', async () => {
    const { database, service } = await start({
      poolMax: 1,
      poolQueueMax: 1,
      acquireTimeoutMs: 100,
      healthTimeoutMs: 50,
    });
    const taken = signal();
    const done = signal();
    const holder = database.withTransaction({ name: 'holder' }, async (tx) => {
      await addItem(tx, 1);
      taken.give();
      await done.promise;
    });
    await taken.promise;
    const refused = await Promise.all([1, 2].map(() => answers(database).catch((thrown) => thrown)));
    expect(refused.every(isDatabaseUnavailable)).toBe(true);
    expect(refused.map(({ message }) => message)).toEqual([
      'no connection came free within 100 ms',
      '1 callers already wait for a connection',
    ]);
    expect(await service.health()).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/came free/),
    });
    done.give();
    await holder;
    expect(await service.health()).toEqual({ status: 'healthy' });
  });

  test('close lets running statements finish and refuses new ones', async () => {
    const { database, service, url } = await start({ poolMax: 2 });
    const running = sql`select pg_sleep(0.3), 'finished' as outcome`.execute(tables(database));
    const other = await startService({ dataDir: undefined, url });
    const sleeping = () =>
      sql`select 1 from pg_stat_activity where query like 'select pg_sleep(0.3)%' and state = 'active' and datname = current_database()`.execute(
        tables(other.database),
      );
    await expect.poll(async () => (await sleeping()).rows.length).toBe(1);
    await other.close();
    await service.close();
    expect((await running).rows).toMatchObject([{ outcome: 'finished' }]);
    expect(isDatabaseUnavailable(await answers(database).catch((thrown) => thrown))).toBe(true);
    await service.initialize(new AbortController().signal);
    expect(await answers(database)).toEqual([{ one: 1 }]);
  });

  test('close cuts what does not finish in time', async () => {
    const { database, service } = await start({ closeTimeoutMs: 50, poolMax: 1 });
    const locked = signal();
    const endless = database.withTransaction({ name: 'endless' }, async (tx) => {
      await sql`select 1`.execute(tables(tx));
      locked.give();
      await sql`select pg_sleep(10)`.execute(tables(tx));
    });
    const ended = endless.catch((thrown) => thrown);
    await locked.promise;
    await service.close();
    expect(isDatabaseUnavailable(await ended)).toBe(true);
  });

  test('a server that is not there fails the start and leaves nothing behind', async () => {
    const { url } = await start();
    const proxy = await FaultProxy.start(url);
    await proxy.kill();
    const config = { ...testDatabaseConfig(), url: proxy.url, dataDir: undefined };
    const service = new DatabaseService({ config, clock: systemClock, log, metrics: new Metrics() });
    const error = await service.initialize(new AbortController().signal).catch((thrown) => thrown);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(error.message).toMatch(/no connection to the database: .*ECONNREFUSED/);
    await proxy.restart();
    await service.initialize(new AbortController().signal);
    expect(await service.health()).toEqual({ status: 'healthy' });
    await service.close();
  });

  test('a clock that differs from that of the server is reported', async () => {
    const { url } = await start();
    const ahead = { now: () => new Date(Date.now() + 90_000) };
    const service = await startService({ dataDir: undefined, url }, { clock: ahead });
    expect(await service.health()).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/differ by (89|90)\d{3} ms/),
    });
    await service.close();
  });

  test('a database that can not hold Chinese text is refused', async () => {
    const { url, database } = await start();
    await sql`create database ascii_only encoding 'SQL_ASCII' locale 'C' template template0`.execute(
      tables(database),
    );
    const ascii = new URL(url);
    ascii.pathname = '/ascii_only';
    await expect(startService({ dataDir: undefined, url: ascii.href })).rejects.toThrow(
      /must have the encoding UTF8.*SQL_ASCII/,
    );
    await sql`drop database ascii_only with (force)`.execute(tables(database));
  });
});
