import { expect, test } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { JobSchedule } from '../job.js';
import { describeCluster, held, recording } from './job-harness.js';

const start = '2026-03-01T04:00:00.000Z';
const second = 1000;
const day = 86_400 * second;
const every = (everySeconds: number): JobSchedule => ({ everySeconds });
const after = (ms: number) => new Date(Date.parse(start) + ms).toISOString();

describeCluster('a job of the cluster', (open) => {
  test.each([2, 5])('runs each occurrence once on %i instances', async (count) => {
    const cluster = await open();
    const ran = recording('sum-up', every(30));
    const instances = await Promise.all(
      Array.from({ length: count }, () => cluster.started({ jobs: [ran.job] })),
    );
    const lookAtOnce = () => Promise.all(instances.map((instance) => instance.look()));
    await lookAtOnce();
    for (let round = 1; round <= 4; round++) {
      cluster.clock.advance(30 * second);
      await lookAtOnce();
    }
    expect(ran.dueAt).toEqual([0, 30, 60, 90, 120].map((seconds) => after(seconds * second)));
  });

  test('is not run a millisecond before it is due, and is run at that very moment', async () => {
    const cluster = await open();
    const ran = recording('at-noon', { cron: '1 12 * * *' });
    const instance = await cluster.started({ jobs: [ran.job] });
    cluster.clock.set(after(60 * second - 1));
    await instance.look();
    expect(ran.dueAt).toEqual([]);
    cluster.clock.advance(1);
    await instance.look();
    expect(ran.dueAt).toEqual([after(60 * second)]);
    await instance.look();
    expect(ran.dueAt).toHaveLength(1);
  });

  test('after three days down is run once, for the latest moment, and then at its next future one', async () => {
    const cluster = await open();
    const hourly = recording('hourly', every(3600));
    const nightly = recording('nightly', { cron: '0 3 * * *' });
    const jobs = [hourly.job, nightly.job];
    const before = await cluster.started({ jobs });
    await before.look();
    await before.runner.close();
    cluster.clock.advance(3 * day + 90 * second);
    const instance = await cluster.started({ jobs });
    await instance.look();
    expect(hourly.dueAt).toEqual([after(0), after(3 * day)]);
    expect(nightly.dueAt).toEqual(['2026-03-03T19:00:00.000Z']);
    const next = async (name: string) => (await instance.report(name)).nextRunAt.toISOString();
    expect(await next('hourly')).toBe(after(3 * day + 3600 * second));
    expect(await next('nightly')).toBe('2026-03-04T19:00:00.000Z');
  });

  test('keeps its next moment over a restart', async () => {
    const cluster = await open();
    const ran = recording('steady', every(3600));
    const before = await cluster.started({ jobs: [ran.job] });
    await before.look();
    await before.runner.close();
    cluster.clock.advance(1000 * second);
    const instance = await cluster.started({ jobs: [ran.job] });
    await instance.look();
    expect(ran.dueAt).toEqual([after(0)]);
    expect((await instance.report('steady')).nextRunAt.toISOString()).toBe(after(3600 * second));
  });

  test('is run once each occurrence also while the clock of one instance is slow', async () => {
    const cluster = await open();
    const ran = recording('sum-up', every(30));
    const slow = new FakeClock(after(-14 * second));
    const instances = [
      await cluster.started({ jobs: [ran.job], clock: slow }),
      await cluster.started({ jobs: [ran.job] }),
    ];
    for (let round = 0; round < 12; round++) {
      await Promise.all(instances.map((instance) => instance.look()));
      slow.advance(10 * second);
      cluster.clock.advance(10 * second);
    }
    expect(new Set(ran.dueAt).size).toBe(ran.dueAt.length);
    expect(ran.dueAt).toEqual([-14, 16, 46, 76, 106].map((seconds) => after(seconds * second)));
  });

  test('with a changed schedule takes it at the next start, and an older release leaves it alone', async () => {
    const cluster = await open();
    const [older, newer] = [recording('changed', every(3600)), recording('changed', every(60))];
    const old = await cluster.started({ jobs: [older.job] });
    await old.look();
    const instance = await cluster.started({ jobs: [newer.job] });
    await instance.look();
    expect(await instance.report('changed')).toMatchObject({ schedule: 'every 60 s' });
    cluster.clock.advance(2 * 3600 * second);
    await old.look();
    expect(older.dueAt).toEqual([after(0)]);
    await instance.look();
    expect(newer.dueAt).toEqual([after(0), after(7200 * second)]);
  });

  test('that changes its schedule in the middle of a run keeps the new one', async () => {
    const cluster = await open();
    const slow = held('changed', every(3600));
    const newer = recording('changed', every(60));
    const old = await cluster.started({ jobs: [slow.job] });
    await slow.began(1);
    const instance = await cluster.started({ jobs: [newer.job] });
    slow.runs[0]?.end();
    await old.ended('changed', 'succeeded');
    await instance.look();
    expect(newer.dueAt).toEqual([after(0)]);
    expect((await instance.report('changed')).nextRunAt.toISOString()).toBe(after(60 * second));
  });

  test('that this release does not know is left alone and shown as unknown', async () => {
    const cluster = await open();
    const ran = recording('of-another-release', every(60));
    const other = await cluster.started({ jobs: [ran.job] });
    await other.look();
    await other.runner.close();
    const instance = await cluster.started();
    cluster.clock.advance(day);
    await instance.look();
    expect(ran.dueAt).toHaveLength(1);
    const report = await instance.report('of-another-release');
    expect(report).toMatchObject({ known: false, schedule: 'every 60 s', lastRun: { outcome: 'succeeded' } });
    expect(report.summary).toBeUndefined();
    expect(await instance.request('of-another-release')).toBeUndefined();
  });

  test('that is sticky stays with one instance, and moves on when that one is gone', async () => {
    const cluster = await open();
    const runners: string[] = [];
    const start = async (name: string) => {
      const ran = recording('gauges', every(30));
      const sticky = { ...ran.job, sticky: true, run: async () => void runners.push(name) };
      return cluster.started({ jobs: [sticky], config: { pollIntervalMs: 1000 } });
    };
    const holder = await start('holder');
    await holder.ended('gauges', 'succeeded');
    const others = [await start('other'), await start('other')];
    for (let round = 0; round < 3; round++) {
      cluster.clock.advance(30 * second);
      await Promise.all(others.map((other) => other.look()));
      await holder.look();
    }
    expect(runners).toEqual(['holder', 'holder', 'holder', 'holder']);
    await holder.runner.close();
    cluster.clock.advance(32 * second - 1);
    await Promise.all(others.map((other) => other.look()));
    expect(runners).toHaveLength(4);
    cluster.clock.advance(1);
    await Promise.all(others.map((other) => other.look()));
    expect(runners.slice(4)).toEqual(['other']);
  });

  test('waits while as many run as may, and begins when one has ended', async () => {
    const cluster = await open();
    const long = held('a-long-one', every(3600));
    const waiting = recording('waiting', every(3600));
    const instance = cluster.instance({ jobs: [long.job, waiting.job], config: { concurrencyMax: 1 } });
    await instance.runner.initialize();
    await long.began(1);
    expect(waiting.dueAt).toEqual([]);
    long.runs[0]?.end();
    await instance.ended('waiting', 'succeeded');
    expect(waiting.dueAt).toEqual([after(0)]);
  });
});

describeCluster('a runner', (open) => {
  test('whose job has an impossible schedule does not start, and names the job', async () => {
    const cluster = await open();
    const instance = cluster.instance({ jobs: [recording('never', { cron: '0 0 31 4 *' }).job] });
    await expect(instance.runner.initialize()).rejects.toThrow(/"never".*never comes due/);
  });
});
