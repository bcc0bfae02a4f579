import { expect, test, vi } from 'vitest';
import { currentContext } from '../../context/index.js';
import { createLogger } from '../../logger/index.js';
import { describeCluster, job, recording } from './job-harness.js';

const second = 1000;
const hourly = { everySeconds: 3600 };

function failing(name: string, message: string) {
  const runs: string[] = [];
  const run = async ({ dueAt }: { dueAt: Date }) => {
    runs.push(dueAt.toISOString());
    throw new Error(message);
  };
  return { runs, job: job(name, hourly, run) };
}

function collectingLog() {
  const written: string[] = [];
  const common = { level: 'info', format: 'json', service: 'test', version: '0', instance: 'test' } as const;
  const log = createLogger({ ...common, destination: { write: (line: string) => void written.push(line) } });
  return { log, lines: () => written.map((line) => JSON.parse(line)) };
}

describeCluster('a job that fails', (open) => {
  test('is tried again after ten seconds at most, for the occurrence that failed', async () => {
    const cluster = await open();
    const bad = failing('bad', 'no luck');
    const instance = await cluster.started({ jobs: [bad.job] });
    const report = await instance.ended('bad', 'failed');
    const waitMs = report.nextRunAt.getTime() - cluster.clock.now().getTime();
    expect(waitMs).toBeGreaterThanOrEqual(5 * second);
    expect(waitMs).toBeLessThanOrEqual(10 * second);
    cluster.clock.advance(waitMs - 1);
    await instance.look();
    expect(bad.runs).toHaveLength(1);
    cluster.clock.advance(1);
    await instance.look();
    expect(bad.runs).toEqual([bad.runs[0], bad.runs[0]]);
    expect((await instance.report('bad')).failuresInRow).toBe(2);
  });

  test('keeps what went wrong: bounded, and without what is recognisably a secret', async () => {
    const cluster = await open();
    const bad = failing('bad', `postgres://user:pl4nted@host/db \0 ${'x'.repeat(5000)}`);
    const instance = await cluster.started({ jobs: [bad.job] });
    const { lastRun } = await instance.ended('bad', 'failed');
    expect(lastRun?.error).toContain('postgres://user:[redacted]@host/db');
    expect(lastRun?.error).toHaveLength(500);
  });

  test('three times in a row makes the runner degraded, and the first success makes it healthy', async () => {
    const cluster = await open();
    let good = false;
    const moody = job('moody', hourly, async () => {
      if (!good) throw new Error('not today');
    });
    const instance = await cluster.started({ jobs: [moody] });
    const health = () => instance.runner.health();
    for (const failures of [1, 2, 3]) {
      await vi.waitFor(async () => expect((await instance.report('moody')).failuresInRow).toBe(failures));
      await instance.ended('moody', 'failed');
      expect((await health()).status).toBe(failures < 3 ? 'healthy' : 'degraded');
      cluster.clock.advance(60 * second);
      if (failures < 3) instance.runner.wake();
    }
    expect((await health()).detail).toBe('failed 3 times in a row or more: moody');
    good = true;
    instance.runner.wake();
    await instance.ended('moody', 'succeeded');
    expect(await health()).toEqual({ status: 'healthy' });
  });

  test('does not keep others from running', async () => {
    const cluster = await open();
    const fine = recording('fine', hourly);
    const throwsAtOnce = job('at-once', hourly, () => {
      throw new Error('before any promise');
    });
    const instance = await cluster.started({ jobs: [throwsAtOnce, failing('bad', 'no luck').job, fine.job] });
    await instance.ended('at-once', 'failed');
    await instance.ended('fine', 'succeeded');
    expect(fine.dueAt).toHaveLength(1);
  });
});

describeCluster('what is seen of a run', (open) => {
  test('each has a trace of its own, and one line at its end', async () => {
    const cluster = await open();
    const { log, lines } = collectingLog();
    const contexts: object[] = [];
    const seen = job('seen', hourly, async () => {
      contexts.push(currentContext());
      log.info('inside');
    });
    const instance = await cluster.started({ jobs: [seen, failing('bad', 'no luck').job], log });
    await instance.ended('seen', 'succeeded');
    await instance.ended('bad', 'failed');
    await instance.request('seen');
    await expect.poll(() => contexts.length).toBe(2);
    await instance.ended('seen', 'succeeded');
    const dueAt = cluster.clock.now().toISOString();
    const ended = () => lines().filter(({ job, msg }) => job === 'seen' && msg === 'job ended');
    await expect.poll(ended).toHaveLength(2);
    expect(ended()[0]).toMatchObject({
      level: 'info',
      outcome: 'succeeded',
      dueAt,
      durationMs: expect.any(Number),
    });
    expect(contexts[0]).toEqual({ job: 'seen', traceId: ended()[0].traceId, spanId: ended()[0].spanId });
    expect(ended()[1].traceId).not.toBe(ended()[0].traceId);
    expect(lines().find(({ msg }) => msg === 'inside')).toMatchObject({
      job: 'seen',
      traceId: ended()[0].traceId,
    });
    expect(lines().find(({ job, msg }) => job === 'bad' && msg === 'job ended')).toMatchObject({
      ...{ level: 'warn', outcome: 'failed', err: { message: 'no luck' } },
    });
  });

  test('runs, durations and the last success are counted, the latter also over a restart', async () => {
    const cluster = await open();
    const fine = recording('fine', hourly);
    const instance = await cluster.started({ jobs: [fine.job, failing('bad', 'no luck').job] });
    await instance.ended('fine', 'succeeded');
    await instance.ended('bad', 'failed');
    const stamp = `job_last_success_timestamp_seconds{job="fine"} ${cluster.clock.now().getTime() / 1000}`;
    await vi.waitFor(async () => {
      expect(await instance.series('job_runs_total{job="fine"')).toContain(
        'job_runs_total{job="fine",outcome="succeeded"} 1',
      );
      expect(await instance.series('job_runs_total{job="bad"')).toContain(
        'job_runs_total{job="bad",outcome="failed"} 1',
      );
      expect(await instance.series('job_duration_seconds_count{job="fine"}')).toEqual([
        'job_duration_seconds_count{job="fine"} 1',
      ]);
      expect(await instance.series('job_last_success_timestamp_seconds{')).toEqual([stamp]);
    });
    cluster.clock.advance(60 * second);
    const restarted = await cluster.started({ jobs: [fine.job] });
    expect(await restarted.series('job_last_success_timestamp_seconds{job="fine"}')).toEqual([stamp]);
    expect(await restarted.series('job_runs_total{job="fine",outcome="failed"}')).toEqual([
      'job_runs_total{job="fine",outcome="failed"} 0',
    ]);
  });
});
