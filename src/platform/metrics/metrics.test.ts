import { expect, test } from 'vitest';
import { Metrics } from './metrics.js';
import { registerProcessMetrics } from './process-metrics.js';

test('two applications in one process keep their own series', async () => {
  const [first, second] = [new Metrics(), new Metrics()];
  registerProcessMetrics(first);
  registerProcessMetrics(second);
  first.counter({ name: 'orders_total', help: 'Orders' }).inc();
  expect(await first.registry.metrics()).toContain('orders_total 1');
  expect(await second.registry.metrics()).not.toContain('orders_total');
});

test('the page has event-loop delay, heap, garbage collection, CPU and handles', async () => {
  const metrics = new Metrics();
  registerProcessMetrics(metrics);
  const page = await metrics.registry.metrics();
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
    'nodejs_gc_duration_seconds',
    'process_cpu_seconds_total',
    'nodejs_active_handles_total',
    'process_resident_memory_bytes',
  ]) {
    expect(page).toContain(`# TYPE ${name}`);
  }
});

test('a counter read from plain numbers shows them as they are at each scrape', async () => {
  const metrics = new Metrics();
  const totals = { read: 1, write: 0 };
  const series = { name: 'operations_total', help: 'Operations', labels: ['kind'] as const };
  metrics.counter(series, (counter) => {
    counter.reset();
    for (const [kind, total] of Object.entries(totals)) counter.inc({ kind: kind as 'read' }, total);
  });
  await metrics.registry.metrics();
  totals.read = 5;
  const page = await metrics.registry.metrics();
  expect(page).toContain('operations_total{kind="read"} 5');
  expect(page).toContain('operations_total{kind="write"} 0');
});

test('a gauge and a histogram stand on the page with their labels and buckets', async () => {
  const metrics = new Metrics();
  metrics.gauge({ name: 'queue_length', help: 'Waiting' }, (gauge) => gauge.set(3));
  metrics
    .histogram({ name: 'wait_seconds', help: 'Wait', labels: ['queue'] }, [0.1, 1])
    .observe({ queue: 'a' }, 0.5);
  const page = await metrics.registry.metrics();
  expect(page).toContain('queue_length 3');
  expect(page).toContain('wait_seconds_bucket{le="1",queue="a"} 1');
});

test('a histogram kept in plain numbers stands on the page with its buckets added up, as they are at each scrape', async () => {
  const metrics = new Metrics();
  const series = { labels: { command: 'get' }, buckets: [1, 2, 3], sum: 4.5 };
  metrics.plainHistogram({ name: 'command_seconds', help: 'Commands', labels: ['command'] }, [0.1, 1], () => [
    series,
  ]);
  await metrics.registry.metrics();
  series.buckets[0] = 2;
  const page = await metrics.registry.metrics();
  expect(page).toContain('# TYPE command_seconds histogram');
  expect(page).toContain('command_seconds_bucket{command="get",le="0.1"} 2');
  expect(page).toContain('command_seconds_bucket{command="get",le="1"} 4');
  expect(page).toContain('command_seconds_bucket{command="get",le="+Inf"} 7');
  expect(page).toContain('command_seconds_sum{command="get"} 4.5');
  expect(page).toContain('command_seconds_count{command="get"} 7');
  expect(() => metrics.gauge({ name: 'command_seconds', help: 'Twice' })).toThrow(/already/);
});
