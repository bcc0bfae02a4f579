import { randomUUID } from 'node:crypto';
import { sectionDefaults } from '../../src/platform/config/index.js';
import { type Tx, tables } from '../../src/platform/database/index.js';
import {
  IdempotencyService,
  idempotencyConfig,
  idempotencyMigrations,
  type Once,
} from '../../src/platform/idempotency/index.js';
import { systemClock } from '../../src/platform/kernel/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import { createPostgresDatabase, startService } from '../../src/testing/database-server.js';
import { measureCalls } from '../harness/measure.js';
import { type BenchContext, type Case, callFigures, defineScenario } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

interface Tables {
  entries: { id: string; amount: number };
}

const callers = 16;
const poolMax = 10;
const createTable = 'create table entries (id uuid primary key, amount integer not null)';
const migrations = [...idempotencyMigrations, { id: '9900-entries', up: createTable }];

export default defineScenario({
  summary:
    'a transaction under an Idempotency-Key and its repetition, against the same transaction without a key',
  needs: ['postgres'],
  async run(context) {
    const service = await openService(context);
    const once = (key: string | undefined) =>
      service.once({
        key,
        userId: 'bench',
        operation: 'POST /bench',
        input: { amount: 1 },
        replayed: () => {},
      });
    const without = caseOf('without-key', () => insertOne(once(undefined)));
    await context.compare({
      name: 'first',
      figures: callFigures,
      ours: caseOf('keyed', () => insertOne(once(randomUUID()))),
      against: [without],
    });
    const recorded = Array.from({ length: callers }, () => randomUUID());
    for (const key of recorded) await insertOne(once(key));
    await context.compare({
      name: 'repeated',
      figures: callFigures,
      ours: caseOf('replayed', (caller) => insertOne(once(recorded[caller]))),
      against: [without],
    });
  },
});

function insertOne(once: Once): Promise<unknown> {
  return once.transaction({ name: 'bench-insert' }, async (tx: Tx) => {
    const entry = { id: randomUUID(), amount: 1 };
    await tables<Tables>(tx).insertInto('entries').values(entry).execute();
    return entry;
  });
}

function caseOf(name: string, call: (caller: number) => Promise<unknown>): Case<keyof typeof callFigures> {
  return { name, measure: (forMs) => measureCalls(call, { forMs, callers }) };
}

async function openService(context: BenchContext): Promise<IdempotencyService> {
  const { url, drop } = await createPostgresDatabase(migrations, context.engineUrl('postgres'));
  context.onEnd(drop);
  const service = await startService({ dataDir: undefined, poolMax, url });
  context.onEnd(() => service.close());
  return new IdempotencyService({
    database: service.database,
    clock: systemClock,
    config: sectionDefaults(idempotencyConfig),
    log: nullLogger(),
    metrics: new Metrics(),
  });
}
