import { defineModule } from '../module/index.js';
import { createRedisService, Redis, redisConfig } from '../redis/index.js';

export const redisModule = defineModule({
  name: 'redis',
  version: '1.0.0',
  summary: 'Redis, where it is configured: it makes reading fast and decides nothing',
  criticality: 'optional',
  needs: {},
  provides: { redis: Redis },
  config: redisConfig,
  // A proxy around each command would cost more than the command; it has metrics of its own.
  countsItself: true,
  setup({ config, log, metrics }) {
    const service = createRedisService({ config, log, metrics });
    return { service, exposes: { redis: service.redis } };
  },
});
