import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import { sectionDefaults } from '../../config/index.js';
import { Metrics } from '../../metrics/index.js';
import { createRedisService, type RedisConfig, type RedisReply, redisConfig } from '../index.js';

/** What the busiest machine may add to a deadline. */
export const toleranceMs = 1_500;
/** The promise: as soon after the server is back, commands work again. */
export const recoveryMs = 2_000;

/** A service that is started, and closed after the test. */
export async function startRedisService(values: Partial<RedisConfig>) {
  const metrics = new Metrics();
  const written: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void written.push(line) });
  const service = createRedisService({ config: sectionDefaults(redisConfig, values), log, metrics });
  await service.initialize(new AbortController().signal);
  onTestFinished(() => service.close());
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const { values: series } = (await metrics.registry.getSingleMetric(name)?.get()) ?? { values: [] };
    const found = series.find((one) =>
      Object.entries(labels).every(([key, value]) => (one.labels as Record<string, unknown>)[key] === value),
    );
    return found?.value;
  };
  return { service, redis: service.redis, metrics, metric, log: () => written.join('') };
}

export function valueIn<T>(reply: RedisReply<T>): T {
  if (!reply.available) throw new Error(`Redis was not available: ${reply.why}`, { cause: reply.error });
  return reply.value;
}

export const whyOf = (reply: RedisReply<unknown>) => (reply.available ? 'available' : reply.why);

/** The answer and how long it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  const startMs = performance.now();
  const answer = await work();
  return { answer, ms: performance.now() - startMs };
}

/** Polls until a command is answered; fails when that takes longer than was promised. */
export async function expectRecovery(ping: () => Promise<RedisReply<unknown>>): Promise<void> {
  await expect.poll(async () => (await ping()).available, { timeout: recoveryMs, interval: 20 }).toBe(true);
}
