export { addressKey } from './address-key.js';
export { type RateLimitConfig, rateLimitConfig } from './rate-limit.config.js';
export { rateLimitErrors } from './rate-limit.errors.js';
export { type RateDecision, RateLimitService, RateLimits } from './rate-limit.service.js';
export { RateLimitFactor } from './rate-limit-factor.js';
export type { PolicyName, RoutePolicy } from './rate-policies.js';
