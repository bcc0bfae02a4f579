import { expect, onTestFinished, test, vi } from 'vitest';
import { createPostgresDatabase, describePostgres, startService } from '../../../testing/databases.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { jobMigrations } from '../job.migrations.js';
import { Cluster, closeAfterEach, held, recording } from './job-harness.js';

const patience = { timeout: 30_000, interval: 20 };
const hourly = { everySeconds: 3600 };

describePostgres('without the database', () => {
  closeAfterEach();

  async function breakable() {
    const { url, drop } = await createPostgresDatabase(jobMigrations);
    const proxy = await FaultProxy.start(url);
    const service = await startService({ dataDir: undefined, url: proxy.url, acquireTimeoutMs: 500 });
    onTestFinished(async () => {
      await service.close();
      await drop();
    });
    return { proxy, cluster: Cluster.on(service.database) };
  }

  test('the runner is degraded, and goes on by itself when it is back: nothing is lost or run twice', async () => {
    const { proxy, cluster } = await breakable();
    const ran = recording('sum-up', hourly);
    const instance = cluster.instance({ jobs: [ran.job] });
    await instance.runner.initialize();
    await instance.look();
    await proxy.kill();
    cluster.clock.advance(3_600_000);
    await vi.waitFor(async () => {
      await expect(instance.runner.health()).resolves.toMatchObject({
        status: 'degraded',
        detail: expect.stringContaining('could not be looked for'),
      });
    }, patience);
    expect(ran.dueAt).toHaveLength(1);
    await proxy.restart();
    await vi.waitUntil(() => ran.dueAt.length === 2, patience);
    await vi.waitFor(
      async () => expect(await instance.runner.health()).toEqual({ status: 'healthy' }),
      patience,
    );
    await instance.look();
    expect(ran.dueAt).toHaveLength(2);
  });

  test('a run whose end could not be written down is written down when it is back in time', async () => {
    const { proxy, cluster } = await breakable();
    const slow = held('slow', hourly);
    const instance = cluster.instance({ jobs: [slow.job] });
    await instance.runner.initialize();
    await slow.began(1);
    await proxy.kill();
    slow.runs[0]?.end();
    await vi.waitFor(async () => expect((await instance.runner.health()).status).toBe('degraded'), patience);
    await proxy.restart();
    await instance.ended('slow', 'succeeded');
    expect(slow.runs).toHaveLength(1);
  });

  test('a run that outlasts its lease meanwhile is told to end, and is repeated afterwards', async () => {
    const { proxy, cluster } = await breakable();
    const slow = held('slow', hourly);
    const instance = cluster.instance({ jobs: [slow.job], config: { leaseSeconds: 1 } });
    await instance.runner.initialize();
    await slow.began(1);
    await proxy.kill();
    await vi.waitUntil(() => slow.runs[0]?.run.signal.aborted, patience);
    slow.runs[0]?.end();
    await proxy.restart();
    cluster.clock.advance(1000);
    await slow.began(2);
    slow.runs[1]?.end();
    const { failuresInRow } = await instance.ended('slow', 'succeeded');
    expect([failuresInRow, slow.runs.length]).toEqual([0, 2]);
  });

  test('an instance that stops does not wait for it: the lease ends by itself', async () => {
    const { proxy, cluster } = await breakable();
    const slow = held('slow', hourly);
    const instance = cluster.instance({ jobs: [slow.job], config: { stopGraceMs: 50 } });
    await instance.runner.initialize();
    await slow.began(1);
    await proxy.kill();
    const startMs = performance.now();
    await instance.runner.close();
    expect(performance.now() - startMs).toBeLessThan(5000);
    expect(slow.runs[0]?.run.signal.aborted).toBe(true);
    await proxy.restart();
    expect((await instance.report('slow')).running?.instance).toBe(instance.name);
    cluster.clock.advance(30_000);
    const ran = recording('slow', hourly);
    const next = await cluster.started({ jobs: [ran.job] });
    await next.ended('slow', 'succeeded');
    expect(ran.dueAt).toHaveLength(1);
  });
});
