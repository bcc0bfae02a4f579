import type { Database } from '../../platform/database/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import type { Logger } from '../../platform/logger/index.js';
import { findOverdueCalls } from './round.repository.js';

interface SweepOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  /** Calls taken at once. */
  readonly callsMax: number;
  /** Idempotent: several instances may find the same call. */
  readonly expire: (callId: string) => Promise<unknown>;
}

/**
 * Writes down the ends of reservations that nobody settled. Nothing is wrong while it does not run:
 * reads and decisions count such reservations as settled by themselves.
 */
export class ReservationSweep {
  readonly #options: SweepOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;
  #current: Promise<unknown> = Promise.resolve();
  isFailing = false;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.isFailing = false;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#current;
  }

  /** One pass over everything that is past its end; answers how many calls it met. */
  async run(isStopped = () => false): Promise<number> {
    const { database, clock, callsMax, expire } = this.#options;
    let met = 0;
    for (;;) {
      const callIds = await findOverdueCalls(database, clock.now(), callsMax);
      await Promise.all(callIds.map(expire));
      met += callIds.length;
      if (callIds.length < callsMax || isStopped()) return met;
    }
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#current = this.#pass().then(() => {
        if (!this.#stopped) this.#schedule();
      });
    }, this.#options.intervalMs).unref();
  }

  async #pass(): Promise<void> {
    try {
      await this.run(() => this.#stopped);
      this.isFailing = false;
    } catch (err) {
      this.isFailing = true;
      this.#options.log.warn({ err }, 'reservations past their end could not be settled, trying again');
    }
  }
}
