import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { type Database, migrate, tables } from '../../src/platform/database/index.js';
import { systemClock } from '../../src/platform/kernel/index.js';
import { createPostgresDatabase, startService } from '../../src/testing/database-server.js';
import { type CallSample, measureCalls } from '../harness/measure.js';
import { type BenchContext, type Case, callFigures, cpuFigure, defineScenario } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

const figures = { ...callFigures, ...cpuFigure };
type CallCase = Case<keyof typeof figures>;

const callers = 16;
const poolMax = 10;
const createTable = 'create table entries (id uuid primary key, amount integer not null)';
const migrations = [{ id: '9900-entries', up: createTable }];
const insert = 'insert into entries (id, amount) values ($1, $2)';
const snapshot = new URL('../../src/pglite-snapshot.tar.gz', import.meta.url);

export default defineScenario({
  summary: 'begin, one insert, commit from 16 callers, against a bare pg pool and against bare PGlite',
  needs: ['postgres'],
  async run(context) {
    const { url, drop } = await createPostgresDatabase(migrations, context.engineUrl('postgres'));
    context.onEnd(drop);
    await context.compare({
      name: 'insert-on-postgres',
      figures,
      ours: caseOf('with-transaction', insertWith(await openDatabase(context, url))),
      against: [caseOf('bare-pg', insertWithPool(context, url))],
    });
    const embedded = await openDatabase(context, undefined);
    await migrate(embedded, migrations, { clock: systemClock, log: nullLogger(), holder: 'bench' });
    await context.compare({
      name: 'insert-on-pglite',
      figures,
      ours: caseOf('with-transaction', insertWith(embedded)),
      against: [caseOf('bare-pglite', await insertWithPglite(context))],
    });
  },
});

function caseOf(name: string, insertOne: () => Promise<unknown>): CallCase {
  return { name, measure: (forMs): Promise<CallSample> => measureCalls(insertOne, { forMs, callers }) };
}

async function openDatabase(context: BenchContext, url: string | undefined): Promise<Database> {
  const service = await startService({ dataDir: undefined, poolMax, ...(url !== undefined && { url }) });
  context.onEnd(() => service.close());
  return service.database;
}

interface Entries {
  entries: { id: string; amount: number };
}

function insertWith(database: Database) {
  return () =>
    database.withTransaction({ name: 'insert-entry' }, async (tx) => {
      await tables<Entries>(tx).insertInto('entries').values({ id: randomUUID(), amount: 1 }).execute();
    });
}

/** The statement is prepared once a connection, as the application prepares its own. */
function insertWithPool(context: BenchContext, connectionString: string) {
  const pool = new pg.Pool({ connectionString, max: poolMax });
  // A connection that is being closed may still be told that its database is dropped.
  pool.on('error', () => {});
  context.onEnd(() => pool.end());
  return async () => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query({ name: 'insert-entry', text: insert, values: [randomUUID(), 1] });
      await client.query('commit');
    } finally {
      client.release();
    }
  };
}

/** In this thread: no message goes to a worker and back. */
async function insertWithPglite(context: BenchContext) {
  const pglite = await PGlite.create({ loadDataDir: new Blob([readFileSync(snapshot)]) });
  context.onEnd(() => pglite.close());
  await pglite.exec(createTable);
  return () => pglite.transaction((tx) => tx.query(insert, [randomUUID(), 1]));
}
