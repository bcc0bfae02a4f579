import { expect, test, vi } from 'vitest';
import { Metrics } from '../../metrics/index.js';
import { clusterGauges, type GaugeValue } from '../cluster-gauges.js';

type Computed = { outbox_pending: readonly GaugeValue[]; outbox_size: readonly GaugeValue[] };

const signal = new AbortController().signal;
const run = { dueAt: new Date(0), signal };

function onInstance(compute: () => Promise<Computed>) {
  const metrics = new Metrics();
  const job = clusterGauges({
    ...{
      metrics,
      name: 'outbox-gauges',
      summary: 'Counts the outbox',
      everySeconds: 10,
      timeLimitSeconds: 5,
    },
    gauges: {
      outbox_pending: { help: 'Waiting', labels: ['handler'] },
      outbox_size: { help: 'All' },
    },
    compute,
  });
  const values = async () => {
    const page = await metrics.registry.metrics();
    return page.split('\n').filter((line) => line.startsWith('outbox_'));
  };
  return { job, values };
}

const filled = async (): Promise<Computed> => ({
  outbox_pending: [
    { labels: { handler: 'mail' }, value: 3 },
    { labels: { handler: 'audit' }, value: 0 },
  ],
  outbox_size: [{ value: 7 }],
});
const filledLines = [
  'outbox_pending{handler="mail"} 3',
  'outbox_pending{handler="audit"} 0',
  'outbox_size 7',
];

test('only the instance that computed them exports them', async () => {
  const [holder, other] = [onInstance(filled), onInstance(filled)];
  expect(await holder.values()).toEqual([]);
  await holder.job.run(run);
  expect(await holder.values()).toEqual(filledLines);
  expect(await other.values()).toEqual([]);
  expect(holder.job).toMatchObject({
    name: 'outbox-gauges',
    schedule: { everySeconds: 10 },
    timeLimitSeconds: 5,
  });
});

test('they are exported for two and a half intervals, and then no more', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const holder = onInstance(filled);
  await holder.job.run(run);
  vi.advanceTimersByTime(24_999);
  expect(await holder.values()).toEqual(filledLines);
  vi.advanceTimersByTime(1);
  expect(await holder.values()).toEqual([]);
  await holder.job.run(run);
  expect(await holder.values()).toEqual(filledLines);
  vi.useRealTimers();
});

test('a label set that is gone is not exported any more', async () => {
  const answers: Computed[] = [await filled(), { outbox_pending: [], outbox_size: [] }];
  const holder = onInstance(async () => answers.shift() as Computed);
  await holder.job.run(run);
  await holder.job.run(run);
  expect(await holder.values()).toEqual([]);
});

test('a computation that fails, or whose lease was lost, changes nothing', async () => {
  const compute = vi.fn(filled);
  const holder = onInstance(compute);
  await holder.job.run(run);
  compute.mockRejectedValueOnce(new Error('no database'));
  await expect(holder.job.run(run)).rejects.toThrow('no database');
  compute.mockResolvedValueOnce({ outbox_pending: [], outbox_size: [{ value: 99 }] });
  await expect(holder.job.run({ ...run, signal: AbortSignal.abort(new Error('lost')) })).rejects.toThrow(
    'lost',
  );
  expect(await holder.values()).toEqual(filledLines);
});
