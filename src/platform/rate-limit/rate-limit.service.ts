import { type BaseService, type Clock, type Health, healthy, port } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import type { Redis } from '../redis/index.js';
import { addressKey } from './address-key.js';
import { type Admission, LocalCounts } from './local-counts.js';
import type { RateLimitConfig } from './rate-limit.config.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { Factors, type RateLimitFactor } from './rate-limit-factor.js';
import { type PolicyName, type RatePolicy, ratePolicies } from './rate-policies.js';
import { SharedCounts } from './shared-counts.js';
import { readingOf, type WindowReading } from './sliding-window.domain.js';

/** Who calls: a user once known, an address before. */
export interface Subject {
  readonly userId?: string | undefined;
  readonly address: string;
}

export interface RateDecision extends WindowReading {
  readonly policy: PolicyName;
  readonly allowed: boolean;
  /** With the user's factor. */
  readonly limit: number;
  readonly windowMs: number;
}

export interface RateLimits {
  /**
   * Decides about one call under a policy and counts it when it passes: over all instances while Redis answers, by
   * this instance's own counts otherwise. Never rejects, and waits for nothing but Redis (within its deadline) and,
   * once in seconds, a user's factor; without Redis the answer is there at once.
   */
  take(policy: PolicyName, subject: Subject): RateDecision | Promise<RateDecision>;
}

export const RateLimits = port<RateLimits>('rate-limits');

export interface RateLimitServiceOptions {
  readonly clock: Clock;
  readonly redis: Redis;
  readonly factor: RateLimitFactor;
  readonly config: RateLimitConfig;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export class RateLimitService implements BaseService, RateLimits {
  readonly name = 'rateLimits';
  readonly version = '1.0.0';
  readonly #clock: Clock;
  readonly #policies: Readonly<Record<PolicyName, RatePolicy>>;
  readonly #local: LocalCounts;
  readonly #shared: SharedCounts;
  readonly #factors: Factors;
  readonly #metrics: RateLimitMetrics;

  constructor({ clock, redis, factor, config, log, metrics }: RateLimitServiceOptions) {
    this.#clock = clock;
    this.#policies = ratePolicies(config);
    this.#local = new LocalCounts(config.localKeysMax);
    this.#shared = new SharedCounts(redis, config.redisPauseMs);
    this.#factors = new Factors({
      ...{ factor, log },
      rememberMs: config.factorSeconds * 1000,
      usersMax: config.localKeysMax,
    });
    this.#metrics = new RateLimitMetrics(metrics);
  }

  async initialize(): Promise<void> {}

  async health(): Promise<Health> {
    return healthy;
  }

  async close(): Promise<void> {}

  take(name: PolicyName, subject: Subject): RateDecision | Promise<RateDecision> {
    const policy = this.#policies[name];
    const { userId, address } = subject;
    if (policy.of === 'address') return this.#decide(policy, `${name}:${addressKey(address)}`);
    if (userId === undefined)
      throw new Error(`The rate limit "${name}" counts users, and nobody is signed in.`);
    const key = `${name}:${userId}`;
    if (!policy.multiplied) return this.#decide(policy, key);
    const factor = this.#factors.of(userId);
    if (typeof factor === 'number') return this.#decide(multiplied(policy, factor), key);
    return factor.then((found) => this.#decide(multiplied(policy, found), key));
  }

  #decide(policy: RatePolicy, key: string): RateDecision | Promise<RateDecision> {
    const nowMs = this.#clock.now().getTime();
    if (this.#shared.takesNext()) return this.#decideShared(policy, key, nowMs);
    return this.#decision(policy, this.#local.take(key, policy, nowMs), 'local');
  }

  /** What Redis lets pass is counted here too, so that this instance does not begin at nothing when Redis goes. */
  async #decideShared(policy: RatePolicy, key: string, nowMs: number): Promise<RateDecision> {
    const shared = await this.#shared.take(key, policy, nowMs);
    if (!shared) return this.#decision(policy, this.#local.take(key, policy, nowMs), 'local');
    if (shared.allowed) this.#local.take(key, policy, nowMs);
    return this.#decision(policy, shared, 'redis');
  }

  #decision(policy: RatePolicy, { allowed, view }: Admission, tier: 'redis' | 'local'): RateDecision {
    const { name, limit, windowMs } = policy;
    this.#metrics.decided(name, tier, allowed);
    const { remaining, retryAfterMs } = readingOf(view, policy);
    return { policy: name, allowed, limit, windowMs, remaining, retryAfterMs };
  }
}

function multiplied(policy: RatePolicy, factor: number): RatePolicy {
  return factor === 1 ? policy : { ...policy, limit: Math.floor(policy.limit * factor) };
}
