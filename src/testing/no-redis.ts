import { pino } from 'pino';
import { Value } from 'typebox/value';
import { Metrics } from '../platform/metrics/index.js';
import { createRedisService, type Redis, redisConfig } from '../platform/redis/index.js';

/** As where no `redis.url` is set. */
export function noRedis(): Redis {
  const log = pino({ level: 'silent' });
  const config = Value.Create(redisConfig);
  return createRedisService({ config, log, metrics: new Metrics() }).redis;
}
