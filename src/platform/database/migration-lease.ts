import { setTimeout as pause } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import { type Clock, newId } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import { isLockTimeout } from './database.errors.js';
import { type Database, type Queryable, tables } from './database.js';

const pollMs = 200;

export interface LeaseOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Name of this instance, for people who look who migrates. */
  readonly holder: string;
  readonly leaseSeconds: number;
  readonly waitSeconds: number;
}

/**
 * The right to migrate: a row with its holder and an end. The row is written in the transaction of
 * each step, so while a step runs it is locked and nobody can take over, and a holder that lost it
 * finds out before it changes anything.
 */
export class MigrationLease {
  readonly #database: Database;
  readonly #options: LeaseOptions;
  /** Two starts with the same name are still two. */
  readonly #holder: string;

  constructor(database: Database, options: LeaseOptions) {
    this.#database = database;
    this.#options = options;
    this.#holder = `${options.holder} ${newId(options.clock.now())}`;
  }

  /** Waits, for a bounded time, until no other instance migrates, and takes the lease. */
  async take(): Promise<void> {
    const { waitSeconds, log } = this.#options;
    const deadline = performance.now() + waitSeconds * 1000;
    let other: string | undefined;
    while (!(await this.#tryTake())) {
      const holder = await this.#currentHolder();
      if (holder !== other) log.info({ holder }, 'waiting for another instance that migrates the database');
      other = holder;
      if (performance.now() >= deadline) {
        throw new Error(
          `another instance (${other}) has been migrating the database for ${waitSeconds} s. Start again when it is done; if it is gone, its lease ends by itself.`,
        );
      }
      await pause(pollMs);
    }
  }

  /** Extends the lease within a step's transaction; false when another instance has it by now. */
  async renew(where: Queryable): Promise<boolean> {
    const answer = await run(
      where,
      sql`update schema_lease set expires_at = ${this.#expiry()} where name = 'migrations' and holder = ${this.#holder} returning holder`,
    );
    return answer.length > 0;
  }

  async giveBack(): Promise<void> {
    await run(
      this.#database,
      sql`delete from schema_lease where name = 'migrations' and holder = ${this.#holder}`,
    );
  }

  async #tryTake(): Promise<boolean> {
    const now = this.#options.clock.now();
    const taken = run(
      this.#database,
      sql`insert into schema_lease (name, holder, expires_at) values ('migrations', ${this.#holder}, ${this.#expiry()})
        on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
        where schema_lease.expires_at <= ${now}
        returning holder`,
    );
    // The lock is that of a step that runs: its holder is at work.
    return taken.then(
      (rows) => rows.length > 0,
      (error) => {
        if (isLockTimeout(error)) return false;
        throw error;
      },
    );
  }

  async #currentHolder(): Promise<string | undefined> {
    const rows = await run(this.#database, sql`select holder from schema_lease where name = 'migrations'`);
    return (rows[0] as { holder: string } | undefined)?.holder;
  }

  #expiry(): Date {
    const { clock, leaseSeconds } = this.#options;
    return new Date(clock.now().getTime() + leaseSeconds * 1000);
  }
}

async function run(where: Queryable, statement: RawBuilder<unknown>): Promise<readonly unknown[]> {
  return (await statement.execute(tables(where))).rows;
}
