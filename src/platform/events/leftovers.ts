import type { Database } from '../database/index.js';
import type { Clock } from '../kernel/index.js';
import type { Delivery, Lane } from './delivery.js';
import { giveBackReady, releaseLanes, removeHandled } from './mark.repository.js';

/** What is left of a lease. */
interface Leftover {
  readonly token: string;
  /** Handled outside of a transaction, and not marked yet. */
  readonly handled?: readonly Delivery[];
  /** Standing by themselves, and not handled. */
  readonly untouched?: readonly Delivery[];
  readonly lanes?: readonly Lane[];
}

/**
 * Ends leases. What the database could not be told is kept and told later, so that an outage costs neither the wait
 * for a lease's end nor a second delivery. Holds no more than was claimed.
 */
export class Leftovers {
  readonly #database: Database;
  readonly #clock: Clock;
  #entries: Leftover[] = [];
  #settling: Promise<void> | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  add(leftover: Leftover): void {
    this.#entries.push(leftover);
  }

  /** Rejects, and keeps what is left, when the database fails. Calls while one runs wait for that one. */
  settle(): Promise<void> {
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #settleAll(): Promise<void> {
    while (this.#entries.length > 0) {
      const merged = mergedByToken(this.#entries);
      this.#entries = [];
      for (const [index, leftover] of merged.entries()) {
        try {
          await this.#settle(leftover);
        } catch (error) {
          this.#entries.push(...merged.slice(index));
          throw error;
        }
      }
    }
  }

  async #settle({ token, handled, untouched, lanes }: Required<Leftover>): Promise<void> {
    if (handled.length > 0) await removeHandled(this.#database, handled, token);
    if (untouched.length > 0) await giveBackReady(this.#database, untouched, token);
    if (lanes.length === 0) return;
    await this.#database.withTransaction({ name: 'release-lanes' }, (tx) =>
      releaseLanes(tx, lanes, { token, now: this.#clock.now() }),
    );
  }
}

function mergedByToken(entries: readonly Leftover[]): Required<Leftover>[] {
  const tokens = [...new Set(entries.map(({ token }) => token))];
  return tokens.map((token) => {
    const own = entries.filter((entry) => entry.token === token);
    return {
      token,
      handled: own.flatMap(({ handled = [] }) => handled),
      untouched: own.flatMap(({ untouched = [] }) => untouched),
      lanes: own.flatMap(({ lanes = [] }) => lanes),
    };
  });
}
