import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { Value } from 'typebox/value';
import { afterAll, afterEach, beforeEach, describe } from 'vitest';
import {
  type Database,
  type DatabaseConfig,
  type DatabaseEngine,
  DatabaseService,
  databaseConfig,
  type Migration,
  migrate,
  tables,
} from '../platform/database/index.js';
import { type Clock, systemClock } from '../platform/kernel/index.js';
import type { Logger } from '../platform/logger/index.js';
import { Metrics } from '../platform/metrics/index.js';

export interface OpenOptions {
  readonly migrations?: readonly Migration[];
  readonly clock?: Clock;
}

/** A database of its own, empty but for the migrations. Closed after the test (or suite) that opened it. */
export type OpenDatabase = (options?: OpenOptions) => Promise<Database>;

interface ServiceParts {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: Metrics;
}

interface Opened {
  readonly database: Database;
  readonly release: () => Promise<void>;
}

export const testPostgresUrl = process.env.QINGYU_TEST_POSTGRES_URL;
const why = 'QINGYU_TEST_POSTGRES_URL is not set';
/** Machines under load are slow to start things. */
const startTimeoutMs = 30_000;
const silent = pino({ level: 'silent' });

export function testDatabaseConfig(values: Partial<DatabaseConfig> = {}): DatabaseConfig {
  return { ...(Value.Create(databaseConfig) as DatabaseConfig), ...values };
}

/** Runs the suite on the embedded database and on a PostgreSQL server; without a server that half is skipped by name. */
export function describeEachEngine(
  name: string,
  suite: (open: OpenDatabase, engine: DatabaseEngine) => void,
): void {
  afterAll(closeIdle);
  describe(`${name} on PGlite`, () => suite(withCleanup(openPglite), 'pglite'));
  if (testPostgresUrl === undefined) {
    describe.skip(`${name} on PostgreSQL (${why})`, () => suite(withCleanup(openPostgres), 'postgres'));
  } else {
    describe(`${name} on PostgreSQL`, () => suite(withCleanup(openPostgres), 'postgres'));
  }
}

/** A suite for what only a real server does. Without one it is skipped by name. */
export function describePostgres(name: string, suite: (open: OpenDatabase, url: string) => void): void {
  const url = testPostgresUrl;
  if (url === undefined) describe.skip(`${name} (${why})`, () => suite(withCleanup(openPostgres), ''));
  else describe(name, () => suite(withCleanup(openPostgres), url));
}

function withCleanup(open: (options: OpenOptions) => Promise<Opened>): OpenDatabase {
  let inTest = false;
  const ofTest: Opened[] = [];
  const ofSuite: Opened[] = [];
  const releaseAll = async (opened: Opened[]) => {
    await Promise.all(opened.splice(0).map(({ release }) => release()));
  };
  beforeEach(() => {
    inTest = true;
  });
  afterEach(async () => {
    inTest = false;
    await releaseAll(ofTest);
  });
  afterAll(() => releaseAll(ofSuite));
  return async (options = {}) => {
    const opened = await open(options);
    (inTest ? ofTest : ofSuite).push(opened);
    return opened.database;
  };
}

/** Embedded databases of this file that nobody uses: to empty one is quicker than to start one. */
const idle: DatabaseService[] = [];

async function openPglite({ migrations = [], clock = systemClock }: OpenOptions): Promise<Opened> {
  const service = idle.pop() ?? (await startService({ dataDir: undefined }, { clock }));
  await emptySchema(service);
  const database = service.database;
  await migrate(database, migrations, { clock, log: silent, holder: 'test' });
  return { database, release: async () => void idle.push(service) };
}

async function emptySchema({ database }: DatabaseService): Promise<void> {
  for (const statement of ['drop schema public cascade', 'create schema public']) {
    await sql.raw(statement).execute(tables(database));
  }
}

async function closeIdle(): Promise<void> {
  await Promise.all(idle.splice(0).map((service) => service.close()));
}

async function openPostgres({ migrations = [], clock = systemClock }: OpenOptions): Promise<Opened> {
  const { url, drop } = await createPostgresDatabase(migrations);
  const service = await startService({ dataDir: undefined, url }, { clock });
  const release = async () => {
    await service.close();
    await drop();
  };
  return { database: service.database, release };
}

/** A database of its own on the test server, copied from a migrated template. */
export async function createPostgresDatabase(
  migrations: readonly Migration[] = [],
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withAdmin(async (admin) => {
    const template = await templateFor(admin, migrations);
    await admin.query(`create database ${name} template ${template}`);
  });
  const drop = async () => {
    await withAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
  };
  return { url: urlOf(name), drop };
}

/**
 * A migrated database for each set of migrations, made once a server and copied from then on. Test
 * processes run side by side: one makes it under a lock and a name of its own, then gives it the name
 * that the others look for.
 */
async function templateFor(admin: pg.Client, migrations: readonly Migration[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 24);
  const name = `template_${hash}`;
  const exists = async () =>
    (await admin.query('select 1 from pg_database where datname = $1', [name])).rowCount === 1;
  if (await exists()) return name;
  await admin.query('select pg_advisory_lock(hashtext($1))', [name]);
  try {
    if (await exists()) return name;
    await admin.query(`drop database if exists ${name}_unfinished with (force)`);
    await admin.query(`create database ${name}_unfinished template template0 encoding 'UTF8'`);
    const service = await startService({ dataDir: undefined, url: urlOf(`${name}_unfinished`) });
    await migrate(service.database, migrations, { clock: systemClock, log: silent, holder: 'test' });
    await service.close();
    await admin.query(`alter database ${name}_unfinished rename to ${name}`);
    return name;
  } finally {
    await admin.query('select pg_advisory_unlock(hashtext($1))', [name]);
  }
}

async function withAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: testPostgresUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(name: string): string {
  const url = new URL(testPostgresUrl as string);
  url.pathname = `/${name}`;
  return url.href;
}

/** A service that is started, for tests that need more of it than its database. The caller closes it. */
export async function startService(
  values: Partial<DatabaseConfig> & { dataDir: string | undefined },
  { clock = systemClock, log = silent, metrics = new Metrics() }: ServiceParts = {},
): Promise<DatabaseService> {
  const { dataDir, ...rest } = values;
  const config = { ...testDatabaseConfig({ poolMax: 10, ...rest }), dataDir };
  const service = new DatabaseService({ config, clock, log, metrics });
  await service.initialize(AbortSignal.timeout(startTimeoutMs));
  return service;
}
