import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startService } from '../../../testing/databases.js';
import { shortLivedNode } from '../../../testing/short-lived-node.js';
import { FolderLockedError, writeAtomic } from '../../files/index.js';
import {
  type Database,
  type DatabaseConfig,
  type DatabaseService,
  isDatabaseUnavailable,
  tables,
} from '../index.js';
import { builtFile } from '../pglite-host.js';
import { signal } from './helpers.js';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-database-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function start(dataDir: string | undefined, values: Partial<DatabaseConfig> = {}) {
  const service = await startService({ dataDir, ...values });
  onTestFinished(() => service.close());
  return service;
}

const answers = async (database: Database) => (await sql`select 1 as one`.execute(tables(database))).rows;
const endless = (database: Database) =>
  sql`select count(*) from generate_series(1, 1e12)`.execute(tables(database));
const createItems = (database: Database) =>
  sql`create table if not exists items (id bigint primary key)`.execute(tables(database));
const addItem = (where: Parameters<typeof tables>[0], id: number) =>
  sql`insert into items (id) values (${id})`.execute(tables(where));
const countItems = async (database: Database) =>
  (await sql<{ n: number }>`select count(*) as n from items`.execute(tables(database))).rows[0]?.n;

/** A process of its own that opens the folder, then writes rows for ever and prints the id of each one acknowledged. */
function spawnWriter(dataDir: string): { child: ChildProcess; lines: AsyncIterator<string> } {
  const script = `
    import { pino } from 'pino';
    import { sql } from 'kysely';
    import { Value } from 'typebox/value';
    const { DatabaseService, databaseConfig, tables } = await import(${JSON.stringify(builtFile('platform/database/index.js').href)});
    const { Metrics } = await import(${JSON.stringify(builtFile('platform/metrics/index.js').href)});
    const config = { ...Value.Create(databaseConfig), dataDir: process.argv[1] };
    const clock = { now: () => new Date() };
    const service = new DatabaseService({ config, clock, log: pino({ level: 'silent' }), metrics: new Metrics() });
    try {
      await service.initialize(new AbortController().signal);
    } catch (error) {
      console.log(error.message);
      process.exit(1);
    }
    const db = tables(service.database);
    await sql\`create table if not exists items (id bigint primary key)\`.execute(db);
    for (let id = 1; ; id++) {
      await sql\`insert into items values (\${id})\`.execute(db);
      console.log(id);
    }`;
  const child = spawn(process.execPath, [...shortLivedNode, '--input-type=module', '-e', script, dataDir], {
    cwd: process.cwd(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return { child, lines };
}

const exited = (child: ChildProcess) =>
  new Promise<number | null>((resolve) =>
    child.exitCode === null && child.signalCode === null
      ? child.once('exit', resolve)
      : resolve(child.exitCode),
  );

describe('the embedded database', () => {
  /** For tests that need neither a folder nor settings of their own, and end nothing. */
  let inMemory: DatabaseService;
  beforeAll(async () => {
    inMemory = await startService({ dataDir: undefined });
  });
  afterAll(() => inMemory.close());

  test('keeps what it holds over a restart', async () => {
    const folder = await newFolder();
    const before = await start(folder);
    await createItems(before.database);
    await addItem(before.database, 1);
    await before.close();
    const after = await start(folder);
    expect(await countItems(after.database)).toBe(1);
  });

  test('ends a statement past its deadline, keeps all before it and serves on', async () => {
    const { database, health } = bind(await start(await newFolder(), { statementTimeoutMs: 1000 }));
    await createItems(database);
    await addItem(database, 1);
    const undone = database.withTransaction({ name: 'too-slow' }, async (tx) => {
      await addItem(tx, 2);
      await sql`select count(*) from generate_series(1, 1e12)`.execute(tables(tx));
    });
    await expect(undone).rejects.toMatchObject({ code: 'database-timeout' });
    await expect(endless(database)).rejects.toMatchObject({ code: 'database-timeout' });
    expect(await countItems(database)).toBe(1);
    expect(await health()).toEqual({ status: 'healthy' });
  });

  test('serves those who wait while a statement is ended', async () => {
    const { database } = await start(await newFolder(), {
      statementTimeoutMs: 500,
      acquireTimeoutMs: 20_000,
    });
    const [slow, ...rest] = await Promise.allSettled([
      endless(database),
      answers(database),
      answers(database),
    ]);
    expect(slow.status).toBe('rejected');
    expect(rest).toEqual(Array(2).fill({ status: 'fulfilled', value: [{ one: 1 }] }));
  });

  test('does not block the event loop during a statement of two seconds', async () => {
    const { database } = inMemory;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const startedAt = performance.now();
    delay.enable();
    await sql`select pg_sleep(2)`.execute(tables(database));
    delay.disable();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1990);
    // Measured 12 to 24 ms alone; the limit allows for a machine that runs other tests on all its cores.
    expect(delay.max / 1e6).toBeLessThan(500);
  });

  test('serves transactions one after the other, in the order they came', async () => {
    const { database } = inMemory;
    const seen: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        database.withTransaction({ name }, async (tx) => {
          seen.push(`${name} begins`);
          await sql`select 1`.execute(tables(tx));
          seen.push(`${name} ends`);
        }),
      ),
    );
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  test('bounds the queue and the wait of callers with 503', async () => {
    const { database } = await start(undefined, { poolQueueMax: 1, acquireTimeoutMs: 100 });
    const taken = signal();
    const done = signal();
    const holder = database.withTransaction({ name: 'holder' }, async (tx) => {
      await sql`select 1`.execute(tables(tx));
      taken.give();
      await done.promise;
    });
    await taken.promise;
    const refused = await Promise.all([1, 2].map(() => answers(database).catch((thrown) => thrown)));
    expect(refused.every(isDatabaseUnavailable)).toBe(true);
    done.give();
    await holder;
    expect(await answers(database)).toEqual([{ one: 1 }]);
  });

  test('in memory is gone with its thread, and says so instead of starting empty', async () => {
    const { database, health } = bind(await start(undefined, { statementTimeoutMs: 300 }));
    await expect(endless(database)).rejects.toMatchObject({ code: 'database-timeout' });
    const error = await answers(database).catch((thrown) => thrown);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(error.message).toMatch(/in memory is gone/);
    expect(await health()).toMatchObject({ status: 'unhealthy' });
  });

  test('a transaction that a statement left open is not inherited by the next one', async () => {
    const { database } = inMemory;
    await createItems(database);
    await sql`begin`.execute(tables(database));
    await addItem(database, 1);
    await sql`rollback`.execute(tables(database));
    expect(await countItems(database)).toBe(1);
  });
});

describe('the folder of the embedded database', () => {
  test('is refused to a second process by one clear message with the process id', async () => {
    const folder = await newFolder();
    await start(folder);
    const { child, lines } = spawnWriter(folder);
    const { value } = await lines.next();
    expect(value).toMatch(new RegExp(`${folder} is in use by process ${process.pid}\\.`));
    expect(await exited(child)).toBe(1);
  });

  test('is refused to a second service of the same process', async () => {
    const folder = await newFolder();
    await start(folder);
    await expect(startService({ dataDir: folder })).rejects.toThrow(FolderLockedError);
  });

  test('kill -9 of a writing process loses no acknowledged row, and the next start takes over', async () => {
    const folder = await newFolder();
    const { child, lines } = spawnWriter(folder);
    let acknowledged = 0;
    while (acknowledged < 50) acknowledged = Number((await lines.next()).value);
    child.kill('SIGKILL');
    await exited(child);
    for (let next = await lines.next(); !next.done; next = await lines.next())
      acknowledged = Number(next.value);
    const { database } = await start(folder);
    expect(await countItems(database)).toBeGreaterThanOrEqual(acknowledged);
  });

  test('a first start that was cut short is made anew', async () => {
    const folder = await newFolder();
    await writeAtomic(join(folder, 'pglite.unfinished'), '');
    const first = await start(folder);
    await createItems(first.database);
    await first.close();
    expect(await countItems((await start(folder)).database)).toBe(0);
  });

  test('files that are no database are refused and left alone', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await first.close();
    await rm(join(folder, 'pglite', 'PG_VERSION'));
    await expect(startService({ dataDir: folder })).rejects.toThrow(
      /holds no database \(PG_VERSION is missing\)/,
    );
    await expect(startService({ dataDir: folder })).rejects.toThrow(/holds no database/);
  });

  test('a damaged database fails the start with its own words, and frees the folder', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await first.close();
    await writeAtomic(join(folder, 'pglite', 'PG_VERSION'), '9\n');
    await expect(startService({ dataDir: folder })).rejects.toThrow(/can't be opened/);
    await expect(startService({ dataDir: folder })).rejects.toThrow(/can't be opened/);
  });

  test('a start that is given up leaves nothing running and frees the folder', async () => {
    const folder = await newFolder();
    const service = await start(folder);
    await service.close();
    await expect(service.initialize(AbortSignal.timeout(1))).rejects.toThrow();
    await service.initialize(new AbortController().signal);
    expect(await answers(service.database)).toEqual([{ one: 1 }]);
  });
});

function bind(service: Awaited<ReturnType<typeof start>>) {
  return { database: service.database, health: () => service.health() };
}
