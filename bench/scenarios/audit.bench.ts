import { Value } from 'typebox/value';
import { AuditService, auditConfig, auditMigrations, auditTable } from '../../src/platform/audit/index.js';
import type { Database } from '../../src/platform/database/index.js';
import { newId, systemClock } from '../../src/platform/kernel/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import { Sealer, SealerMetrics, sealerMigrations } from '../../src/platform/sealer/index.js';
import { createPostgresDatabase, startService } from '../../src/testing/database-server.js';
import { measureCalls } from '../harness/measure.js';
import { type BenchContext, defineScenario, type Sample, throughputFigures } from '../scenario.js';
import {
  hashAuditRecords,
  insertAuditRecords,
  insertPlainRow,
  plainMigrations,
} from '../servers/audit-rows.repository.js';
import { nullLogger } from '../servers/null-logger.js';

type Throughput = Sample<'throughput'>;

const callers = 16;
const change = { status: 'banned', note: 'written by the benchmark' };

export default defineScenario({
  summary:
    'audit records written and sealed, against bare inserts; their verification, against one hashing statement',
  needs: ['postgres'],
  async run(context) {
    const writing = await openAudit(context);
    await context.compare({
      name: 'record-and-seal',
      figures: throughputFigures,
      ours: { name: 'audit', measure: (forMs) => recordAndSeal(writing, forMs) },
      against: [
        {
          name: 'plain-insert',
          measure: (forMs) => insertPlainRows(writing.db, forMs),
        },
      ],
    });
    const reading = await openAudit(context);
    const rows = context.quick ? 2_000 : 100_000;
    await insertAuditRecords(reading.db, systemClock.now(), rows);
    await untilSealed(reading);
    await context.compare({
      name: 'verify',
      figures: throughputFigures,
      ours: { name: 'verify', measure: (forMs) => rowsPerSecond(rows, forMs, () => verify(reading)) },
      against: [
        {
          name: 'one-statement',
          measure: (forMs) => rowsPerSecond(rows, forMs, () => hashAuditRecords(reading.db)),
        },
      ],
    });
  },
});

interface Opened {
  readonly db: Database;
  readonly audit: AuditService;
  readonly sealer: Sealer;
}

async function openAudit(context: BenchContext): Promise<Opened> {
  const migrations = [...sealerMigrations, ...auditMigrations, ...plainMigrations];
  const { url, drop } = await createPostgresDatabase(migrations, context.engineUrl('postgres'));
  context.onEnd(drop);
  const service = await startService({ dataDir: undefined, poolMax: 10, url });
  context.onEnd(() => service.close());
  const metrics = new Metrics();
  const parts = { database: service.database, clock: systemClock, log: nullLogger() };
  const audit = new AuditService({ ...parts, metrics, config: Value.Create(auditConfig) });
  // The service's own sealer stays at rest: this one can be asked to go on until nothing is left.
  const sealer = new Sealer({
    ...{ ...parts, metrics: new SealerMetrics(new Metrics()), table: auditTable },
    config: { intervalMs: 1_000, rowsMax: 1_000, sealsMax: 20, lagSecondsMax: 5 },
  });
  sealer.start();
  context.onEnd(() => sealer.stop());
  return { db: service.database, audit, sealer };
}

/** Until the last record has its seal: the time for that counts. */
async function recordAndSeal(opened: Opened, forMs: number): Promise<Throughput> {
  const startedAt = performance.now();
  const { calls } = await measureCalls(() => record(opened), { forMs, callers });
  await untilSealed(opened);
  return { throughput: (calls / (performance.now() - startedAt)) * 1000 };
}

function record({ db, audit }: Opened): Promise<unknown> {
  return db.withTransaction({ name: 'record' }, (tx) =>
    audit.record(tx, {
      action: 'auth.user-banned',
      actor: { kind: 'system' },
      target: { type: 'user', id: newId(systemClock.now()) },
      after: change,
    }),
  );
}

async function insertPlainRows(db: Database, forMs: number): Promise<Throughput> {
  const { throughput } = await measureCalls(() => insertPlain(db), { forMs, callers });
  return { throughput };
}

async function insertPlain(db: Database): Promise<void> {
  const now = systemClock.now();
  const id = newId(now);
  const row = {
    id,
    written_at: now,
    action: 'auth.user-banned',
    target_id: id,
    fact: JSON.stringify(change),
  };
  await db.withTransaction({ name: 'insert-plain' }, (tx) => insertPlainRow(tx, row));
}

async function untilSealed({ sealer }: Opened): Promise<void> {
  do await sealer.run();
  while (sealer.lagSeconds() > 0);
}

async function verify({ audit }: Opened): Promise<void> {
  const { ok } = await audit.verify({ signal: AbortSignal.timeout(60_000) });
  if (!ok) throw new Error('the log that the benchmark wrote does not verify');
}

async function rowsPerSecond(rows: number, forMs: number, work: () => Promise<void>) {
  const startedAt = performance.now();
  let done = 0;
  do {
    await work();
    done += rows;
  } while (performance.now() - startedAt < forMs);
  return { throughput: (done / (performance.now() - startedAt)) * 1000 };
}
