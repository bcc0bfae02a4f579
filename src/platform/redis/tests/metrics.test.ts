import { expect, test } from 'vitest';
import { describeRedis, testKeyPrefix } from '../../../testing/redis.js';
import { Metrics } from '../../metrics/index.js';
import { defineScript } from '../index.js';
import { RedisMetrics } from '../redis-metrics.js';
import { startRedisService, valueIn } from './helpers.js';

describeRedis('the metrics', (url) => {
  test('count every command by its outcome, and its time in buckets that add up', async () => {
    const { redis, metric, metrics } = await startRedisService({ url, keyPrefix: testKeyPrefix() });
    for (let index = 0; index < 10; index++) await redis.get('k');
    await redis.set('text', 'v');
    await redis.incr('text');
    await redis.run(defineScript({ name: 'one', lua: 'return 1' }), [], []);
    await redis.pipeline([{ command: 'get', args: ['k'] }]);
    const commands = (command: string, outcome: string) =>
      metric('redis_commands_total', { command, outcome });
    expect([await commands('get', 'ok'), await commands('get', 'timed-out')]).toEqual([10, 0]);
    expect([await commands('incr', 'refused'), await commands('incr', 'ok')]).toEqual([1, 0]);
    expect([await commands('one', 'ok'), await commands('pipeline', 'ok')]).toEqual([1, 1]);
    expect(await metric('redis_up')).toBe(1);
    const page = await metrics.registry.metrics();
    expect(page).toContain('redis_command_duration_seconds_bucket{command="get",le="+Inf"} 10');
    expect(page).toContain('redis_command_duration_seconds_count{command="get"} 10');
    expect(page).toMatch(/redis_command_duration_seconds_sum\{command="get"\} 0\.\d+/);
    expect(page).toContain('redis_reconnects_total 0');
  });

  test('a series that was read keeps counting', async () => {
    const { redis, metric } = await startRedisService({ url, keyPrefix: testKeyPrefix() });
    const total = () => metric('redis_commands_total', { command: 'ping', outcome: 'ok' });
    expect(valueIn(await redis.ping())).toBe(true);
    expect(await total()).toBe(1);
    await redis.ping();
    expect(await total()).toBe(2);
  });
});

test('however many names there are, the labels stay bounded', async () => {
  const metrics = new Metrics();
  const counts = new RedisMetrics(metrics, () => true);
  for (let index = 0; index < 1_000; index++) counts.of(`script-${index}`).count('ok', 1);
  const series = (await metrics.registry.getSingleMetric('redis_commands_total')?.get())?.values ?? [];
  const commands = new Set(series.map(({ labels }) => labels.command));
  expect(commands.size).toBe(101);
  const others = series.find(({ labels }) => labels.command === 'other' && labels.outcome === 'ok');
  expect(others?.value).toBe(900);
});

test('a duration falls into the bucket whose bound it does not pass', () => {
  const stats = new RedisMetrics(new Metrics(), () => true).of('get');
  for (const ms of [0, 0.5, 0.6, 1_000, 1_001]) stats.count('ok', ms);
  expect(stats.buckets).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect(stats.sumSeconds).toBeCloseTo(2.0021);
});
