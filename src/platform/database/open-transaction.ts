import { databaseErrorIn, databaseErrors } from './database.errors.js';
import { bindTables, type Rollback, type TransactionOptions, type Tx } from './database.js';
import type { Connection, QueryAnswer } from './engine.js';
import { queryBuilder } from './query-builder.js';

/** What `tx.rollback(value)` returns. */
class RolledBack {
  constructor(readonly value: unknown) {}
}

const beginnings = {
  'read-write': 'begin',
  snapshot: 'begin isolation level repeatable read read only',
} as const;

/** Whether a callback's result undoes its transaction. */
export function isRollback<T>(result: T): result is Extract<T, Rollback<unknown>> {
  return result instanceof RolledBack;
}

const openTransactions = new WeakMap<Tx, OpenTransaction>();

/** For scripts of this folder; everything else has enough with `tables(tx)`. */
export function openTransactionOf(tx: Tx): OpenTransaction {
  const found = openTransactions.get(tx);
  if (!found) throw new TypeError('not the Tx of a transaction');
  return found;
}

export interface Finished {
  readonly outcome: 'committed' | 'rolled_back';
  readonly value: unknown;
}

/** An open transaction on its connection, from `begin` to its end. */
export class OpenTransaction {
  readonly name: string;
  readonly tx: Tx;
  readonly effects: (() => void | Promise<void>)[] = [];
  /** Rejects when the callback left the transaction idle for too long; never resolves. */
  readonly abandoned: Promise<never>;
  readonly #connection: Connection;
  readonly #idleTimeoutMs: number;
  #reject: (error: Error) => void = () => {};
  #idleTimer: NodeJS.Timeout | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #running = 0;
  #failure: unknown;
  #rollback: RolledBack | undefined;
  #ended: string | undefined;

  constructor(name: string, connection: Connection, { idleTimeoutMs }: { idleTimeoutMs: number }) {
    this.name = name;
    this.#connection = connection;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.abandoned = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.abandoned.catch(() => {});
    const handle = {
      rollback: (value: unknown) => {
        this.#rollback = new RolledBack(value);
        return this.#rollback;
      },
      afterCommit: (effect: () => void | Promise<void>) => {
        this.#refuseUseAfterEnd();
        this.effects.push(effect);
      },
    };
    this.tx = handle as unknown as Tx;
    openTransactions.set(this.tx, this);
    bindTables(this.tx, queryBuilder({ take: async () => this, giveBack: () => {} }));
  }

  get open(): boolean {
    return this.#ended === undefined;
  }

  /** The first failure of a statement: whatever became of it in the callback, the transaction can't commit. */
  get failure(): unknown {
    return this.#failure;
  }

  async begin(mode: TransactionOptions['mode'] = 'read-write'): Promise<void> {
    await this.#connection.script(beginnings[mode]);
    this.#armIdleTimer();
  }

  query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    return this.#next(() => this.#connection.query(sql, parameters));
  }

  script(sql: string, options?: { timeoutMs?: number }): Promise<QueryAnswer> {
    return this.#next(() => this.#connection.script(sql, options));
  }

  /** Commits, or undoes everything when `result` is what `tx.rollback` returned. */
  async finish(result: unknown): Promise<Finished> {
    if (result instanceof RolledBack) {
      await this.undo();
      return { outcome: 'rolled_back', value: result.value };
    }
    if (this.#rollback) {
      throw new Error(
        `transaction ${this.name}: what tx.rollback() returns must be returned from the callback`,
      );
    }
    if (this.#running > 0) {
      throw new Error(`transaction ${this.name}: the callback ended while a statement was running; await it`);
    }
    this.#end('it was committed');
    await this.#commit();
    return { outcome: 'committed', value: result };
  }

  /** Undoes everything; a lost connection has done so by itself. */
  async undo(): Promise<void> {
    this.#end('it was rolled back');
    await this.#tail;
    if (this.#connection.usable) await this.#connection.script('rollback').catch(() => {});
  }

  async #commit(): Promise<void> {
    let answer: QueryAnswer;
    try {
      answer = await this.#connection.script('commit');
    } catch (cause) {
      if (this.#connection.usable) throw cause;
      // Lost before the commit was sent, by a failure of an earlier statement: that one tells.
      if (this.#failure !== undefined) throw this.#failure;
      throw databaseErrors.commitOutcomeUnknown({
        cause,
        internal: `transaction ${this.name}: the connection was lost during the commit; its outcome is unknown`,
      });
    }
    if (answer.command === 'COMMIT') return;
    // PostgreSQL answers the commit of a failed transaction with a silent rollback.
    throw new Error(
      `transaction ${this.name} was not committed: one of its statements had failed and the callback went on`,
      { cause: this.#failure },
    );
  }

  /** One statement at a time, also when the callback starts several at once. */
  #next(run: () => Promise<QueryAnswer>): Promise<QueryAnswer> {
    this.#running += 1;
    clearTimeout(this.#idleTimer);
    const answer = this.#tail.then(async () => {
      this.#refuseUseAfterEnd();
      return run();
    });
    this.#tail = answer.then(
      () => this.#settled(),
      (error) => this.#settled(error),
    );
    return answer;
  }

  #settled(error?: unknown): void {
    if (databaseErrorIn(error) || !this.#connection.usable) this.#failure ??= error;
    this.#running -= 1;
    if (this.#running === 0) this.#armIdleTimer();
  }

  #armIdleTimer(): void {
    if (!this.open) return;
    this.#idleTimer = setTimeout(() => {
      const words = `no statement ran for ${this.#idleTimeoutMs} ms`;
      this.#end(`it was rolled back, since ${words}`);
      this.#reject(new Error(`transaction ${this.name} was rolled back: ${words}`));
    }, this.#idleTimeoutMs);
  }

  #end(how: string): void {
    this.#ended ??= how;
    clearTimeout(this.#idleTimer);
  }

  #refuseUseAfterEnd(): void {
    if (this.#ended === undefined) return;
    throw new Error(`the Tx of transaction ${this.name} was used after it ended (${this.#ended})`);
  }
}
