import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, afterEach, beforeEach, describe } from 'vitest';
import {
  type Database,
  type DatabaseEngine,
  type DatabaseService,
  isDatabaseUnavailable,
  type Migration,
  migrate,
  tables,
} from '../platform/database/index.js';
import { type Clock, systemClock } from '../platform/kernel/index.js';
import { createPostgresDatabase, startService, testPostgresUrl } from './database-server.js';

export {
  createPostgresDatabase,
  startService,
  testDatabaseConfig,
  testPostgresUrl,
} from './database-server.js';

export interface OpenOptions {
  readonly migrations?: readonly Migration[];
  readonly clock?: Clock;
}

/** A database of its own, empty but for the migrations. Closed after the test (or suite) that opened it. */
export type OpenDatabase = (options?: OpenOptions) => Promise<Database>;

interface Opened {
  readonly database: Database;
  readonly release: () => Promise<void>;
}

const why = 'QINGYU_TEST_POSTGRES_URL is not set';
const silent = pino({ level: 'silent' });

/** Runs the suite on the embedded database and on a PostgreSQL server; without a server that half is skipped by name. */
export function describeEachEngine(
  name: string,
  suite: (open: OpenDatabase, engine: DatabaseEngine) => void,
): void {
  afterAll(closeSpare);
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

/** Embedded databases that nobody uses: to empty one is quicker than to start one. */
const idle: DatabaseService[] = [];
/** For the next file of this process; the others would only take memory. */
const idleMax = 1;

async function openPglite({ migrations = [], clock = systemClock }: OpenOptions): Promise<Opened> {
  const service = (await emptied(idle.pop())) ?? (await startService({ dataDir: undefined }, { clock }));
  const database = service.database;
  await migrate(database, migrations, { clock, log: silent, holder: 'test' });
  return { database, release: async () => void idle.push(service) };
}

/** Nothing when there is none, or when its test ended its thread. */
async function emptied(service: DatabaseService | undefined): Promise<DatabaseService | undefined> {
  if (service === undefined) return undefined;
  try {
    for (const statement of ['drop schema public cascade', 'create schema public']) {
      await sql.raw(statement).execute(tables(service.database));
    }
    return service;
  } catch (error) {
    await service.close();
    if (isDatabaseUnavailable(error)) return undefined;
    throw error;
  }
}

async function closeSpare(): Promise<void> {
  await Promise.all(idle.splice(idleMax).map((service) => service.close()));
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
