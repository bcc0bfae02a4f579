import { describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { newId } from '../../kernel/index.js';
import { claimJob } from '../job.repository.js';
import { JobLease } from '../job-lease.js';
import { type Cluster, describeCluster, held, job, recording } from './job-harness.js';
import { leaseEnds } from './rows.repository.js';

const second = 1000;
const hourly = { everySeconds: 3600 };

describeCluster('the lease of a job', (open) => {
  test('of an instance that died is taken over at its very end, and the run is repeated', async () => {
    const cluster = await open();
    const ran = recording('sum-up', hourly);
    const instance = cluster.instance({ jobs: [ran.job] });
    await instance.runner.initialize();
    await instance.look();
    await instance.runner.close();
    cluster.clock.advance(3600 * second);
    const now = cluster.clock.now();
    const lease = { id: newId(now), holder: 'killed', until: new Date(now.getTime() + 30 * second) };
    const name = { name: 'sum-up', schedule: 'every 3600 s' };
    expect(await claimJob(cluster.database, name, { lease, now })).toMatchObject({ nextDueAt: now });
    await instance.runner.initialize();

    cluster.clock.advance(30 * second - 1);
    await instance.look();
    expect(ran.dueAt).toHaveLength(1);
    expect((await instance.report('sum-up')).running).toEqual({ since: now, instance: 'killed' });
    cluster.clock.advance(1);
    expect((await instance.report('sum-up')).running).toBeUndefined();
    await instance.look();
    expect(ran.dueAt.slice(1)).toEqual([now.toISOString()]);
    await instance.ended('sum-up', 'succeeded');
  });

  test('is given to one of many that claim at once', async () => {
    const cluster = await open();
    const instance = await cluster.started({ jobs: [recording('sum-up', hourly).job] });
    await instance.runner.close();
    cluster.clock.advance(3600 * second);
    const now = cluster.clock.now();
    const claims = Array.from({ length: 20 }, (_, index) => {
      const lease = { id: newId(now), holder: `rival-${index}`, until: new Date(now.getTime() + 1) };
      return claimJob(cluster.database, { name: 'sum-up', schedule: 'every 3600 s' }, { lease, now });
    });
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
  });

  test('is renewed while the job runs, so that a long run stays one', async () => {
    const cluster = await open();
    const long = held('long', hourly);
    const config = { leaseSeconds: 2 };
    const first = await cluster.started({ jobs: [long.job], config });
    await long.began(1);
    const rival = await cluster.started({ jobs: [long.job], config });
    for (let lives = 1; lives <= 3; lives++) {
      cluster.clock.advance(1500);
      // The renewal writes the lease's end as of the moved clock.
      await vi.waitFor(async () => expect(await renewedFor(cluster)).toBe(2000), { timeout: 20_000 });
      await rival.look();
    }
    expect(long.runs).toHaveLength(1);
    expect(long.runs[0]?.run.signal.aborted).toBe(false);
    long.runs[0]?.end();
    await first.ended('long', 'succeeded');
  });

  test('that another instance has taken aborts the run, whose end is then not written down', async () => {
    const cluster = await open();
    const slow = held('slow', hourly);
    const other = held('slow', hourly);
    const config = { leaseSeconds: 0.3 };
    const loser = await cluster.started({ jobs: [slow.job], config });
    await slow.began(1);
    const fast = new FakeClock(cluster.clock.now());
    fast.advance(10 * second);
    const winner = await cluster.started({ jobs: [other.job], config: { leaseSeconds: 30 }, clock: fast });
    await other.began(1);
    await vi.waitUntil(() => slow.runs[0]?.run.signal.aborted, { timeout: 20_000 });
    expect(slow.runs[0]?.run.signal.reason).toMatchObject({
      message: expect.stringContaining('taken the job over'),
    });
    slow.runs[0]?.end();
    await vi.waitFor(async () =>
      expect(await loser.series('job_runs_total{job="slow",outcome="lease-lost"}')).toEqual([
        'job_runs_total{job="slow",outcome="lease-lost"} 1',
      ]),
    );
    const report = await winner.report('slow');
    expect(report.running?.instance).toBe(winner.name);
    expect(report.lastRun).toBeUndefined();
    other.runs[0]?.end();
    await winner.ended('slow', 'succeeded');
  });

  test('lost in the last moment keeps the record of the instance that has it', async () => {
    const cluster = await open();
    const slow = held('slow', hourly);
    const loser = await cluster.started({ jobs: [slow.job] });
    await slow.began(1);
    const fast = new FakeClock(cluster.clock.now());
    fast.advance(31 * second);
    const ran = recording('slow', hourly);
    const winner = await cluster.started({ jobs: [ran.job], clock: fast });
    const { lastRun } = await winner.ended('slow', 'succeeded');
    slow.runs[0]?.end(new Error('too late'));
    await vi.waitFor(async () =>
      expect(await loser.series('job_runs_total{job="slow",outcome="lease-lost"}')).toEqual([
        'job_runs_total{job="slow",outcome="lease-lost"} 1',
      ]),
    );
    expect(await winner.report('slow')).toMatchObject({ lastRun, failuresInRow: 0 });
  });
});

describeCluster('the time limit of a job', (open) => {
  test('aborts its signal, and the run counts as timed out however it ends', async () => {
    const cluster = await open();
    const obedient = job(
      'obedient',
      hourly,
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    );
    const instance = await cluster.started({ jobs: [{ ...obedient, timeLimitSeconds: 0.05 }] });
    const report = await instance.ended('obedient', 'timed-out');
    expect(report).toMatchObject({
      failuresInRow: 1,
      lastRun: { error: 'Error: the job took longer than its time limit' },
    });
  });

  test('that is ignored is reported; the job does not begin again here while it still runs', async () => {
    const cluster = await open();
    const deaf = held('deaf', { everySeconds: 60 });
    const instance = cluster.instance({
      jobs: [{ ...deaf.job, timeLimitSeconds: 0.05 }],
      config: { stopGraceMs: 50 },
    });
    await instance.runner.initialize();
    const report = await instance.ended('deaf', 'timed-out');
    expect(report.lastRun?.error).toContain('and did not end');
    expect((await instance.runner.health()).detail).toContain(
      'still running after they were told to end: deaf',
    );
    cluster.clock.advance(3600 * second);
    await instance.look();
    expect(deaf.runs).toHaveLength(1);
    deaf.runs[0]?.end();
    await deaf.began(2);
    expect(deaf.runs[1]?.run.dueAt).toEqual(cluster.clock.now());
  });
});

describe('a lease that cannot be renewed', () => {
  test('is lost no later than it ends, counted from before the last renewal was sent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const lost: number[] = [];
    const startMs = performance.now();
    const answers = [true, new Error('no database'), new Error('no database'), new Error('no database')];
    const renew = async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? false;
    };
    const lease = new JobLease({
      ...{ leaseMs: 3000, sinceMs: startMs, renew },
      onLost: () => lost.push(performance.now() - startMs),
    });
    await vi.advanceTimersByTimeAsync(3999);
    expect([lease.isLost, lost]).toEqual([false, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([lease.isLost, lost]).toEqual([true, [4000]]);
    vi.useRealTimers();
  });
});

/** How much later than the clock the one lease ends, ms. */
async function renewedFor(cluster: Cluster): Promise<number> {
  const [end] = await leaseEnds(cluster.database);
  return (end as Date).getTime() - cluster.clock.now().getTime();
}
