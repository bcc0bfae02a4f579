import { bookstoreErrors } from '../bookstore.errors.js';

/** Imports hold a whole book in memory, some of them several times: only so many run at once. */
export class ImportSlots {
  #running = 0;
  readonly #max: number;
  readonly #retryAfterSeconds: number;

  constructor({ concurrentMax, retryAfterSeconds }: { concurrentMax: number; retryAfterSeconds: number }) {
    this.#max = concurrentMax;
    this.#retryAfterSeconds = retryAfterSeconds;
  }

  /** Runs `work` now, or raises 503 `import-busy` without starting it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#max) {
      const seconds = this.#retryAfterSeconds;
      throw bookstoreErrors.importBusy({ params: { seconds }, retryAfterSeconds: seconds });
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}
