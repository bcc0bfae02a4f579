import { cacheErrors } from './cache.errors.js';

interface SlotLimits {
  /** How many may run at once now; it may change. */
  readonly runningMax: () => number;
  readonly waitingMax: number;
}

const retryAfterSeconds = 1;

/** How many loads of a process run at once; further ones wait for their turn, in order, and only so many. */
export class LoadSlots {
  readonly #limits: SlotLimits;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Holds its place until `work` has really ended. Raises `cache-busy`, or the reason of `signal` while it waits. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#running < this.#limits.runningMax()) this.#running += 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { waitingMax } = this.#limits;
    if (this.#waiting.size >= waitingMax) {
      throw cacheErrors.cacheBusy({
        params: { waitingMax, seconds: retryAfterSeconds },
        retryAfterSeconds,
      });
    }
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(begin);
        reject(signal.reason);
      };
      const begin = () => {
        this.#running += 1;
        signal.removeEventListener('abort', abort);
        resolve();
      };
      this.#waiting.add(begin);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** As many as there is room for: the bound may have risen. */
  #next(): void {
    let free = this.#limits.runningMax() - this.#running;
    for (const begin of this.#waiting) {
      if (free-- <= 0) return;
      this.#waiting.delete(begin);
      begin();
    }
  }
}
