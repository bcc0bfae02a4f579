import type { Metrics } from '../metrics/index.js';
import { type PolicyName, policyNames } from './rate-policies.js';

type Tier = 'redis' | 'local';

/** Plain numbers, read at a scrape: a decision costs less than a labelled counter. */
export class RateLimitMetrics {
  readonly #limited = Object.fromEntries(policyNames.map((name) => [name, 0])) as Record<PolicyName, number>;
  readonly #decisions: Record<Tier, number> = { redis: 0, local: 0 };

  constructor(metrics: Metrics) {
    metrics.counter(
      { name: 'http_rate_limited_total', help: 'Requests refused by a rate limit', labels: ['policy'] },
      (counter) => {
        counter.reset();
        for (const policy of policyNames) counter.inc({ policy }, this.#limited[policy]);
      },
    );
    metrics.counter(
      {
        name: 'http_rate_limit_decisions_total',
        help: 'Decisions of rate limits by where they were made',
        labels: ['tier'],
      },
      (counter) => {
        counter.reset();
        counter.inc({ tier: 'redis' }, this.#decisions.redis);
        counter.inc({ tier: 'local' }, this.#decisions.local);
      },
    );
  }

  decided(policy: PolicyName, tier: Tier, allowed: boolean): void {
    this.#decisions[tier] += 1;
    if (!allowed) this.#limited[policy] += 1;
  }
}
