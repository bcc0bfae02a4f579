import type { IdempotencyConfig } from './idempotency.config.js';
import { idempotencyErrors } from './idempotency.errors.js';
import type { Recorded } from './idempotency.repository.js';

type Limits = Pick<IdempotencyConfig, 'waitMs' | 'waitersMax' | 'runningKeysMax' | 'retryAfterSeconds'>;

/** Either the first ended meanwhile with a record, or it is the caller's turn until it calls `leave`. */
export type Entry =
  | { readonly recorded: Recorded }
  | { readonly leave: (recorded: Recorded | undefined) => void };

/**
 * The keys whose requests run in this process. Repetitions wait here, where waiting costs nothing, instead of on
 * connections of the pool. It only spares work: what happens once is decided by the database.
 */
export class RunningKeys {
  readonly #running = new Map<string, Promise<Recorded | undefined>>();
  readonly #limits: Limits;
  #waiting = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Waits until nobody else runs under `id`, at most `waitMs`. When the one before failed, one of those who wait is next.
   * Raises `idempotency-key-running` when the time is over or too many wait.
   */
  async enter(id: string): Promise<Entry> {
    const deadlineMs = performance.now() + this.#limits.waitMs;
    for (;;) {
      const running = this.#running.get(id);
      if (!running) return { leave: this.#take(id) };
      const recorded = await this.#within(deadlineMs - performance.now(), running);
      if (recorded) return { recorded };
    }
  }

  #take(id: string): (recorded: Recorded | undefined) => void {
    if (this.#running.size >= this.#limits.runningKeysMax) return () => {};
    let settle!: (recorded: Recorded | undefined) => void;
    const running = new Promise<Recorded | undefined>((resolve) => {
      settle = resolve;
    });
    this.#running.set(id, running);
    return (recorded) => {
      this.#running.delete(id);
      settle(recorded);
    };
  }

  async #within(limitMs: number, running: Promise<Recorded | undefined>): Promise<Recorded | undefined> {
    if (this.#waiting >= this.#limits.waitersMax) throw this.#stillRunning();
    this.#waiting += 1;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#stillRunning()), Math.max(0, limitMs));
    });
    try {
      return await Promise.race([running, late]);
    } finally {
      clearTimeout(timer);
      this.#waiting -= 1;
    }
  }

  #stillRunning() {
    return idempotencyErrors.keyRunning({ retryAfterSeconds: this.#limits.retryAfterSeconds });
  }
}
