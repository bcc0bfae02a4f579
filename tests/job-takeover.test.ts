import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { tables } from '../src/platform/database/index.js';
import { createPostgresDatabase, describePostgres, startService } from '../src/testing/databases.js';
import { ServerProcess } from '../src/testing/server-process.js';

const sweep = 'quota-reservation-sweep';
const patience = { timeout: 30_000, interval: 50 };

interface JobState {
  lease_holder: string | null;
  lease_until: Date | null;
  last_outcome: string | null;
  run_requested_at: Date | null;
}

describePostgres('a server that is killed in the middle of a job', () => {
  test('loses it to another one when its lease ends, which runs it again', async () => {
    const { url, drop } = await createPostgresDatabase();
    const database = await startService({ dataDir: undefined, url });
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-jobs-'));
    const servers: ServerProcess[] = [];
    onTestFinished(async () => {
      for (const server of servers) await server.end('SIGKILL');
      await database.close();
      await drop();
      await rm(folder, { recursive: true });
    });
    const settings = {
      'quota.reservation.sweepIntervalSeconds': 1,
      'jobs.leaseSeconds': 5,
      'database.lockTimeoutMs': 60_000,
      'database.statementTimeoutMs': 60_000,
    };
    const start = async (name: string) => {
      const args = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
      const server = await ServerProcess.start({
        dataDir: join(folder, name),
        env: { DATABASE_URL: url },
        args,
      });
      servers.push(server);
      return server;
    };
    const state = async () => {
      const { rows } = await sql<JobState>`select * from jobs where name = ${sweep}`.execute(
        tables(database.database),
      );
      return rows[0] as JobState;
    };

    const first = await start('first');
    await vi.waitFor(async () => expect((await state()).last_outcome).toBe('succeeded'), patience);
    let holder = '';
    await database.database.withTransaction({ name: 'hold-up' }, async (tx) => {
      await sql`lock table quota_reservations in access exclusive mode`.execute(tables(tx));
      await vi.waitFor(async () => {
        const { rows } = await sql<JobState>`select * from jobs where name = ${sweep}`.execute(tables(tx));
        holder = rows[0]?.lease_holder ?? '';
        expect(holder).not.toBe('');
      }, patience);
      await first.end('SIGKILL');
    });

    const leaseEnd = (await state()).lease_until as Date;
    const second = await start('second');
    const takeover = () => second.logLines().find(({ leftBehindBy }) => leftBehindBy === holder);
    await vi.waitUntil(takeover, patience);
    expect(new Date(String(takeover()?.time)).getTime()).toBeGreaterThanOrEqual(leaseEnd.getTime());
    const ended = () => second.logLines().find(({ job, msg }) => job === sweep && msg === 'job ended');
    await vi.waitUntil(ended, patience);
    expect(ended()).toMatchObject({ outcome: 'succeeded' });
    expect((await second.end()).code).toBe(0);
  });
});
