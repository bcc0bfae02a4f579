import { expect, test, vi } from 'vitest';
import { describeCluster, held, job, recording } from './job-harness.js';

const hourly = { everySeconds: 3600 };

describeCluster('an instance that stops', (open) => {
  test('tells its jobs to end and gives their leases back: another one runs them at once', async () => {
    const cluster = await open();
    const reasons: unknown[] = [];
    const obedient = job(
      'obedient',
      hourly,
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          });
        }),
    );
    const leaving = await cluster.started({ jobs: [obedient] });
    await vi.waitUntil(async () => (await leaving.report('obedient')).running);
    await leaving.runner.close();
    expect(reasons).toEqual([expect.objectContaining({ message: 'the instance stops' })]);
    const report = await leaving.report('obedient');
    expect(report).toMatchObject({ failuresInRow: 0, lastRun: { outcome: 'interrupted' } });
    expect(report.running).toBeUndefined();
    const ran = recording('obedient', hourly);
    const staying = await cluster.started({ jobs: [ran.job] });
    await staying.ended('obedient', 'succeeded');
    expect(ran.dueAt).toEqual([cluster.clock.now().toISOString()]);
  });

  test('does not wait for a job that ignores it for longer than the grace', async () => {
    const cluster = await open();
    const deaf = held('deaf', hourly);
    const instance = await cluster.started({ jobs: [deaf.job], config: { stopGraceMs: 100 } });
    await deaf.began(1);
    const startMs = performance.now();
    await instance.runner.close();
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(95);
    expect(await instance.report('deaf')).toMatchObject({
      lastRun: { outcome: 'interrupted', error: 'Error: the instance stops, and did not end' },
    });
  });

  test('begins nothing more, and begins again when it is started again', async () => {
    const cluster = await open();
    const ran = recording('sum-up', hourly);
    const instance = await cluster.started({ jobs: [ran.job] });
    await instance.look();
    await instance.runner.close();
    cluster.clock.advance(3_600_000);
    instance.runner.wake();
    const other = await cluster.started();
    await other.look();
    expect(ran.dueAt).toHaveLength(1);
    await instance.runner.initialize();
    await instance.look();
    expect(ran.dueAt).toHaveLength(2);
  });
});
