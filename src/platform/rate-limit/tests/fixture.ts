import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { testKeyPrefix } from '../../../testing/redis.js';
import { sectionDefaults } from '../../config/index.js';
import { Metrics } from '../../metrics/index.js';
import { createRedisService, type Redis, type RedisConfig, redisConfig } from '../../redis/index.js';
import { type RateLimitConfig, RateLimitFactor, RateLimitService, rateLimitConfig } from '../index.js';

const log = pino({ level: 'silent' });

/** No Redis is configured. */
const noRedis = { configured: false, available: false } as Redis;

interface Parts {
  readonly clock?: FakeClock;
  readonly redis?: Redis;
  readonly factor?: RateLimitFactor;
  readonly metrics?: Metrics;
}

export function limitsOn(parts: Parts = {}, config: Partial<RateLimitConfig> = {}): RateLimitService {
  return new RateLimitService({
    clock: new FakeClock(),
    redis: noRedis,
    factor: RateLimitFactor.whenAbsent as RateLimitFactor,
    metrics: new Metrics(),
    log,
    ...parts,
    config: sectionDefaults(rateLimitConfig, config),
  });
}

/** A connected client of its own, closed after the test; by default it shares its keys with nobody. */
export async function openRedis(url: string, config: Partial<RedisConfig> = {}): Promise<Redis> {
  const service = createRedisService({
    config: sectionDefaults(redisConfig, { url, keyPrefix: testKeyPrefix(), ...config }),
    log,
    metrics: new Metrics(),
  });
  await service.initialize(AbortSignal.timeout(10_000));
  onTestFinished(() => service.close());
  return service.redis;
}

/** How many of `calls` made at once are let pass. */
export async function passedOf(
  calls: readonly (Promise<{ allowed: boolean }> | { allowed: boolean })[],
): Promise<number> {
  return (await Promise.all(calls)).filter(({ allowed }) => allowed).length;
}
