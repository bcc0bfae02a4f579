import { port } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';

/** What multiplies the limits of a user, such as a membership. */
export interface RateLimitFactor {
  /**
   * At least 1. One that is answered at once is asked for each request; a promised one is remembered for
   * `rateLimits.factorSeconds`, and a failure counts as the last answer, or 1.
   */
  factorOf(userId: string): number | Promise<number>;
}

export const RateLimitFactor = port<RateLimitFactor>('rate-limit.factor', {
  whenAbsent: { factorOf: () => 1 },
});

interface Remembered {
  readonly factor: number;
  readonly untilMs: number;
}

interface FactorsOptions {
  readonly factor: RateLimitFactor;
  readonly rememberMs: number;
  readonly usersMax: number;
  readonly log: Logger;
}

/** The factors of users, remembered for seconds and bounded, so that a request seldom waits for one. */
export class Factors {
  readonly #options: FactorsOptions;
  #young = new Map<string, Remembered>();
  #old = new Map<string, Remembered>();

  constructor(options: FactorsOptions) {
    this.#options = options;
  }

  /** At once when it is remembered. */
  of(userId: string): number | Promise<number> {
    const known = this.#young.get(userId) ?? this.#old.get(userId);
    if (known && known.untilMs > performance.now()) return known.factor;
    const answer = this.#options.factor.factorOf(userId);
    return typeof answer === 'number'
      ? Math.max(1, answer)
      : this.#remember(userId, answer, known?.factor ?? 1);
  }

  async #remember(userId: string, answer: Promise<number>, last: number): Promise<number> {
    const { rememberMs, usersMax, log } = this.#options;
    const found = await answer.catch((err: unknown) => {
      log.warn({ err }, 'the rate limit factor of a user is not known; the last one holds');
      return last;
    });
    const factor = Math.max(1, found);
    if (this.#young.size >= usersMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(userId, { factor, untilMs: performance.now() + rememberMs });
    return factor;
  }
}
