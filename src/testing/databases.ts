import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, afterEach, beforeEach, describe } from 'vitest';
import {
  type Database,
  type DatabaseEngine,
  type DatabaseService,
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
