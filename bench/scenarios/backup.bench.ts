import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { BackupService, RestoreService } from '../../src/platform/backup/index.js';
import { SchemaService } from '../../src/platform/database/index.js';
import { systemClock } from '../../src/platform/kernel/index.js';
import {
  createPostgresDatabase,
  startService,
  testDatabaseConfig,
} from '../../src/testing/database-server.js';
import { RecordingAudit } from '../../src/testing/recording-audit.js';
import { secretsWith } from '../../src/testing/secrets.js';
import { type BenchContext, defineScenario } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

const figures = { rows: { unit: 'rows/s', better: 'higher' } } as const;
const migrations = [
  {
    id: '9900-rows',
    up: `create table entries (id bigint generated always as identity primary key, key uuid not null, name text,
      at timestamptz, amount numeric, tags text[], data jsonb)`,
  },
];
const call = { signal: new AbortController().signal, progress: () => {} };
const batchRows = 512;

export default defineScenario({
  summary:
    'a backup and a restore of one table on PostgreSQL, against bare reading and a bare copy in the database',
  needs: ['postgres'],
  async run(context) {
    const rows = context.quick ? 2_000 : 50_000;
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-bench-backup-'));
    context.onEnd(() => rm(folder, { recursive: true }));
    const path = join(folder, 'bench.backup');
    const { backups, restores, bare } = await open(context);
    await bare.query(
      `insert into entries (key, name, at, amount, tags, data)
       select gen_random_uuid(), 'name ' || n, timestamptz '2026-01-01' + n * interval '1.000001 s', n * 1.5,
         array['x', 'y'], '{"a": 1, "b": [1, 2]}' from generate_series(1, $1::int) n`,
      [rows],
    );
    const caseOf = (name: string, work: () => Promise<unknown>) => ({
      name,
      measure: () => rowsPerSecond(rows, work),
    });
    await context.compare({
      name: 'backup',
      figures,
      ours: caseOf('backup', () => backups.backup({ path, replace: true, ...call })),
      against: [caseOf('bare-read', () => readAll(bare))],
    });
    await context.compare({
      name: 'restore',
      figures,
      ours: caseOf('restore', () => restores.restore({ path, ...call })),
      against: [caseOf('bare-copy', () => copyAll(bare))],
    });
  },
});

async function open(context: BenchContext) {
  const { url, drop } = await createPostgresDatabase(migrations, context.engineUrl('postgres'));
  context.onEnd(drop);
  const service = await startService({ dataDir: undefined, url });
  context.onEnd(() => service.close());
  const db = service.database;
  const shared = { config: testDatabaseConfig(), clock: systemClock, log: nullLogger(), holder: 'bench' };
  const { schema } = new SchemaService({ database: db, migrations, ...shared });
  const none = { all: () => [] };
  const deps = { db, clock: systemClock, schema, holders: none, audit: new RecordingAudit() };
  const backups = new BackupService({ ...deps, application: 'bench' });
  const restores = new RestoreService({ db, schema, secrets: await secretsWith(), participants: none });
  const bare = new pg.Client({ connectionString: url });
  await bare.connect();
  context.onEnd(() => bare.end());
  return { backups, restores, bare };
}

async function rowsPerSecond(rows: number, work: () => Promise<unknown>) {
  const startMs = performance.now();
  await work();
  return { rows: (rows / (performance.now() - startMs)) * 1000 };
}

/** Reads every row in the same pieces and does nothing with them. */
async function readAll(client: pg.Client): Promise<void> {
  await client.query('begin isolation level repeatable read read only');
  await client.query('declare bare no scroll cursor for select * from entries');
  while ((await client.query(`fetch ${batchRows} from bare`)).rows.length > 0);
  await client.query('commit');
}

/** What the database itself needs to write the rows again, indexes included: none leaves it. */
async function copyAll(client: pg.Client): Promise<void> {
  await client.query('begin');
  await client.query('create table copied (like entries including all)');
  await client.query('insert into copied overriding system value select * from entries');
  await client.query('drop table copied');
  await client.query('commit');
}
