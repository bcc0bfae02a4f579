import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { jobMigrations } from '../../src/platform/jobs/index.js';
import { claimJob, findReadyJobs, finishRun, registerJobs } from '../../src/platform/jobs/job.repository.js';
import { createPostgresDatabase, startService } from '../../src/testing/database-server.js';
import { type CallSample, measureCalls } from '../harness/measure.js';
import { type BenchContext, type Case, callFigures, defineScenario } from '../scenario.js';

/** More than an application has. */
const jobCount = 64;
const callers = 16;
const poolMax = 10;
const schedule = 'every 1 s';
const names = Array.from({ length: jobCount }, (_, index) => `job-${index}`);
const start = new Date('2026-03-01T04:00:00.000Z');
const later = new Date('2026-03-01T05:00:00.000Z');

export default defineScenario({
  summary: 'claiming and finishing a job, and looking for due ones, against bare updates and a read by key',
  needs: ['postgres'],
  async run(context) {
    const { url, drop } = await createPostgresDatabase(jobMigrations, context.engineUrl('postgres'));
    context.onEnd(drop);
    const { database } = await openService(context, url);
    await registerJobs(
      database,
      names.map((name) => ({ name, schedule, firstDueAt: start })),
    );
    const bare = await bareTable(context, url);
    const mine = names.map((name) => ({ name, schedule, headStartMs: 0 }));
    await context.compare({
      name: 'claim-and-finish',
      figures: callFigures,
      ours: caseOf('job', callers, inTurn(claimAndFinish)),
      against: [caseOf('bare-updates', callers, inTurn(bare.twoUpdates))],
    });
    await context.compare({
      name: 'look',
      figures: callFigures,
      ours: caseOf('all-jobs', 1, () => findReadyJobs(database, mine, { holder: 'bench', limit: 5 })),
      against: [caseOf('one-row', 1, () => bare.read('job-0'))],
    });

    async function claimAndFinish(name: string): Promise<void> {
      const lease = { id: randomUUID(), holder: 'bench', until: later };
      const plan = await claimJob(database, { name, schedule }, { lease, now: start });
      if (!plan) throw new Error(`${name} could not be claimed`);
      const run = { outcome: 'succeeded', error: undefined, durationMs: 1, endedAt: start, plan } as const;
      if (!(await finishRun(database, { name, schedule }, lease.id, run)))
        throw new Error('the lease was lost');
    }
  },
});

function caseOf(name: string, atOnce: number, call: () => Promise<unknown>): Case<keyof typeof callFigures> {
  return { name, measure: (forMs): Promise<CallSample> => measureCalls(call, { forMs, callers: atOnce }) };
}

/** No two callers meet on a row: what is measured is the work, not the waiting. */
function inTurn(work: (name: string) => Promise<unknown>): () => Promise<unknown> {
  const free = [...names];
  return async () => {
    const name = free.pop() as string;
    await work(name);
    free.push(name);
  };
}

async function openService(context: BenchContext, url: string) {
  const service = await startService({ dataDir: undefined, poolMax, url });
  context.onEnd(() => service.close());
  return service;
}

/** The least that a lease can be: a row by key, taken and given back by compare-and-set. */
async function bareTable(context: BenchContext, connectionString: string) {
  const pool = new pg.Pool({ connectionString, max: poolMax });
  context.onEnd(() => pool.end());
  await pool.query('create table leases (name text primary key, id uuid) with (fillfactor = 50)');
  await pool.query('insert into leases (name) select unnest($1::text[])', [names]);
  const take = 'update leases set id = $2 where name = $1 and id is null returning name';
  const giveBack = 'update leases set id = null where name = $1 and id = $2';
  return {
    twoUpdates: async (name: string) => {
      const id = randomUUID();
      await pool.query({ name: 'take', text: take, values: [name, id] });
      await pool.query({ name: 'give-back', text: giveBack, values: [name, id] });
    },
    read: (name: string) =>
      pool.query({ name: 'read', text: 'select * from leases where name = $1', values: [name] }),
  };
}
