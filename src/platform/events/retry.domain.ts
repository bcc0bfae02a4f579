import { backoffMs } from '../kernel/index.js';

export interface RetryRules {
  readonly attemptsMax: number;
  readonly delayMs: number;
  readonly delayMsMax: number;
}

/** Wait after the failed try number `attempt` (1, 2, …). Undefined: that was the last try. */
export function retryDelayMs(attempt: number, rules: RetryRules): number | undefined {
  if (attempt >= rules.attemptsMax) return undefined;
  return backoffMs(attempt, { baseMs: rules.delayMs, maxMs: rules.delayMsMax });
}
