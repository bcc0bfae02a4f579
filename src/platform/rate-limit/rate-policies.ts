import type { RateLimitConfig } from './rate-limit.config.js';
import type { Rate } from './sliding-window.domain.js';

/** What a route may declare beside the general limits of guests and users. */
export type RoutePolicy = 'sign-in' | 'ai' | 'upload' | 'export';
export type PolicyName = 'guest' | 'user' | RoutePolicy;

export const policyNames: readonly PolicyName[] = ['guest', 'user', 'sign-in', 'ai', 'upload', 'export'];

export interface RatePolicy extends Rate {
  readonly name: PolicyName;
  /** Whether it counts a user or an address. */
  readonly of: 'user' | 'address';
  /** Whether RateLimitFactor multiplies it. */
  readonly multiplied: boolean;
}

const windowMs = 60_000;

export function ratePolicies(config: RateLimitConfig): Readonly<Record<PolicyName, RatePolicy>> {
  const ofAddress = (name: PolicyName, limit: number) =>
    ({ name, limit, windowMs, of: 'address', multiplied: false }) as const;
  const ofUser = (name: PolicyName, limit: number, multiplied = false) =>
    ({ name, limit, windowMs, of: 'user', multiplied }) as const;
  return {
    guest: ofAddress('guest', config.guestPerMinute),
    user: ofUser('user', config.userPerMinute, true),
    'sign-in': ofAddress('sign-in', config.signInPerMinute),
    ai: ofUser('ai', config.aiPerMinute, true),
    upload: ofUser('upload', config.uploadPerMinute),
    export: ofUser('export', config.exportPerMinute),
  };
}
