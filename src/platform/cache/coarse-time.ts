/** A clock for ends and ages, in milliseconds from any start; it never steps back. */
export interface CacheTime {
  nowMs(): number;
}

/** performance.now(), read at most once a millisecond: reading it takes as long as finding an entry. */
export class CoarseTime implements CacheTime {
  #nowMs = 0;
  readonly #forget = () => {
    this.#nowMs = 0;
  };

  nowMs(): number {
    if (this.#nowMs === 0) {
      this.#nowMs = performance.now();
      setTimeout(this.#forget, 1);
    }
    return this.#nowMs;
  }
}
