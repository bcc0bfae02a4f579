import { expect, test } from 'vitest';
import { describeCluster, held, recording } from './job-harness.js';

const second = 1000;
const hourly = { everySeconds: 3600 };
const iso = (date: Date) => date.toISOString();

describeCluster('a run that somebody asks for', (open) => {
  test('begins at once in the instance that was asked, and leaves the schedule as it is', async () => {
    const cluster = await open();
    const ran = recording('sum-up', hourly);
    const instance = await cluster.started({ jobs: [ran.job] });
    const begun = cluster.clock.now();
    await instance.look();
    cluster.clock.advance(600 * second);
    const askedAt = cluster.clock.now();
    expect(await instance.request('sum-up')).toEqual(askedAt);
    await expect.poll(() => ran.dueAt).toEqual([iso(begun), iso(askedAt)]);
    const report = await instance.ended('sum-up', 'succeeded');
    expect(iso(report.nextRunAt)).toBe(iso(new Date(begun.getTime() + 3600 * second)));
    expect(report.requestedAt).toBeUndefined();
  });

  test('asked for twice before it began is one run, and answers since when', async () => {
    const cluster = await open();
    const ran = recording('sum-up', hourly);
    const instance = await cluster.started({ jobs: [ran.job] });
    await instance.look();
    await instance.runner.close();
    const askedAt = cluster.clock.now();
    const answers = await Promise.all(Array.from({ length: 5 }, () => instance.request('sum-up')));
    cluster.clock.advance(second);
    expect([...answers, await instance.request('sum-up')]).toEqual(Array.from({ length: 6 }, () => askedAt));
    expect((await instance.report('sum-up')).requestedAt).toEqual(askedAt);
    const next = await cluster.started({ jobs: [ran.job] });
    await next.look();
    expect(ran.dueAt).toHaveLength(2);
  });

  test('asked for during a run, however often, is one run after it', async () => {
    const cluster = await open();
    const slow = held('slow', hourly);
    const instance = await cluster.started({ jobs: [slow.job] });
    await slow.began(1);
    await Promise.all([instance.request('slow'), instance.request('slow')]);
    await instance.look();
    expect(slow.runs).toHaveLength(1);
    slow.runs[0]?.end();
    await slow.began(2);
    slow.runs[1]?.end();
    await instance.ended('slow', 'succeeded');
    await instance.look();
    expect(slow.runs).toHaveLength(2);
  });

  test('in a transaction that is undone does not happen', async () => {
    const cluster = await open();
    const ran = recording('sum-up', hourly);
    const instance = await cluster.started({ jobs: [ran.job] });
    await instance.look();
    await cluster.database.withTransaction({ name: 'undone' }, async (tx) => {
      await instance.board.requestRun(tx, 'sum-up');
      return tx.rollback(undefined);
    });
    await instance.look();
    expect(ran.dueAt).toHaveLength(1);
    expect((await instance.report('sum-up')).requestedAt).toBeUndefined();
  });

  test('runs on another instance when the one that was asked does not run jobs', async () => {
    const cluster = await open();
    const ran = recording('sum-up', hourly);
    const worker = await cluster.started({ jobs: [ran.job] });
    await worker.look();
    await cluster.instance({ jobs: [ran.job] }).request('sum-up');
    await worker.look();
    expect(ran.dueAt).toHaveLength(2);
  });

  test('of a job that nobody declared is refused', async () => {
    const cluster = await open();
    const instance = await cluster.started();
    expect(await instance.request('made-up')).toBeUndefined();
  });

  test('whose instance dies in the middle is repeated', async () => {
    const cluster = await open();
    const slow = held('slow', hourly);
    const first = await cluster.started({ jobs: [slow.job], config: { stopGraceMs: 1 } });
    await slow.began(1);
    slow.runs[0]?.end();
    await first.ended('slow', 'succeeded');
    await first.request('slow');
    await slow.began(2);
    // It gives its lease back, as one that is killed does by the lease's end: the request must outlive both.
    await first.runner.close();
    const ran = recording('slow', hourly);
    const next = await cluster.started({ jobs: [ran.job] });
    await next.ended('slow', 'succeeded');
    expect(ran.dueAt).toHaveLength(1);
  });
});
