import { Clock } from '../kernel/index.js';
import { defineModule } from '../module/index.js';
import {
  RateLimitFactor,
  RateLimitService,
  RateLimits,
  rateLimitConfig,
  rateLimitErrors,
} from '../rate-limit/index.js';
import { Redis } from '../redis/index.js';

export const rateLimitModule = defineModule({
  name: 'rateLimits',
  version: '1.0.0',
  summary:
    'How many requests an address or a user may make in a minute, over all instances while Redis answers.',
  criticality: 'required',
  needs: { clock: Clock },
  optional: { redis: Redis, factor: RateLimitFactor },
  provides: { rateLimits: RateLimits },
  config: rateLimitConfig,
  errors: rateLimitErrors,
  countsItself: true,
  setup: (deps) => {
    const service = new RateLimitService(deps);
    return { service, exposes: { rateLimits: service } };
  },
});
