import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { Value } from 'typebox/value';
import {
  type DatabaseConfig,
  DatabaseService,
  databaseConfig,
  type Migration,
  migrate,
} from '../platform/database/index.js';
import { type Clock, systemClock } from '../platform/kernel/index.js';
import type { Logger } from '../platform/logger/index.js';
import { Metrics } from '../platform/metrics/index.js';

interface ServiceParts {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: Metrics;
}

/** Machines under load are slow to start things. */
const startTimeoutMs = 30_000;
const silent = pino({ level: 'silent' });
/** The server on which tests and benchmarks make databases of their own. */
export const testPostgresUrl = process.env.QINGYU_TEST_POSTGRES_URL;

export function testDatabaseConfig(values: Partial<DatabaseConfig> = {}): DatabaseConfig {
  return { ...(Value.Create(databaseConfig) as DatabaseConfig), ...values };
}

/** A database of its own on the test server, copied from a migrated template. Without a server it throws. */
export async function createPostgresDatabase(
  migrations: readonly Migration[] = [],
  serverUrl: string | undefined = testPostgresUrl,
): Promise<{ url: string; drop: () => Promise<void> }> {
  if (serverUrl === undefined)
    throw new Error('QINGYU_TEST_POSTGRES_URL names no server to make a database on');
  const server = new TestServer(serverUrl);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await server.asAdmin(async (admin) => {
    const template = await templateFor(server, admin, migrations);
    await admin.query(`create database ${name} template ${template}`);
  });
  const drop = async () => {
    await server.asAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
  };
  return { url: server.urlOf(name), drop };
}

class TestServer {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
    const admin = new pg.Client({ connectionString: this.#url });
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.end();
    }
  }

  urlOf(name: string): string {
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }
}

/**
 * A migrated database for each set of migrations, made once a server and copied from then on. Test
 * processes run side by side: one makes it under a lock and a name of its own, then gives it the name
 * that the others look for.
 */
async function templateFor(
  server: TestServer,
  admin: pg.Client,
  migrations: readonly Migration[],
): Promise<string> {
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
    const service = await startService({ dataDir: undefined, url: server.urlOf(`${name}_unfinished`) });
    await migrate(service.database, migrations, { clock: systemClock, log: silent, holder: 'test' });
    await service.close();
    await admin.query(`alter database ${name}_unfinished rename to ${name}`);
    return name;
  } finally {
    await admin.query('select pg_advisory_unlock(hashtext($1))', [name]);
  }
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
