interface JobLeaseOptions {
  readonly leaseMs: number;
  /** When the claim was sent (performance.now): the lease counts from there. */
  readonly sinceMs: number;
  /** Extends the lease; false when another instance has it. A rejection is tried again. */
  readonly renew: () => Promise<boolean>;
  /** Called once, when another instance has the job or may take it from now on. */
  readonly onLost: () => void;
}

/** Renewals that may fail before the lease ends. */
const renewalsPerLease = 3;

/**
 * Keeps the lease of a running job. It counts its end by itself, from before each renewal was sent, so an
 * instance that is cut off from the database knows that it has lost the job no later than others may take it.
 */
export class JobLease {
  readonly #options: JobLeaseOptions;
  #renewal: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: JobLeaseOptions) {
    this.#options = options;
    this.#holdFrom(options.sinceMs);
    this.#schedule();
  }

  get isLost(): boolean {
    return this.#isOver;
  }

  /** No more renewals. */
  release(): void {
    clearTimeout(this.#renewal);
    clearTimeout(this.#end);
    this.#isOver = true;
  }

  #holdFrom(sinceMs: number): void {
    clearTimeout(this.#end);
    const leftMs = Math.max(0, sinceMs + this.#options.leaseMs - performance.now());
    this.#end = setTimeout(() => this.#lose(), leftMs).unref();
  }

  #schedule(): void {
    const renew = () => void this.#renew();
    this.#renewal = setTimeout(renew, this.#options.leaseMs / renewalsPerLease).unref();
  }

  async #renew(): Promise<void> {
    const sentMs = performance.now();
    const isOurs = await this.#options.renew().catch(() => undefined);
    if (this.#isOver) return;
    if (isOurs === false) this.#lose();
    else {
      if (isOurs) this.#holdFrom(sentMs);
      this.#schedule();
    }
  }

  #lose(): void {
    if (this.#isOver) return;
    this.release();
    this.#options.onLost();
  }
}
