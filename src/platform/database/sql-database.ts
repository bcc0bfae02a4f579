import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../errors/index.js';
import type { Logger } from '../logger/index.js';
import type { DatabaseConfig } from './database.config.js';
import { databaseErrors, isRetryable } from './database.errors.js';
import {
  bindTables,
  type Database,
  type DatabaseEngine,
  type TransactionOptions,
  type TransactionResult,
  type Tx,
} from './database.js';
import type { DatabaseMetrics } from './database.metrics.js';
import type { Connection, Engine } from './engine.js';
import { type Finished, OpenTransaction } from './open-transaction.js';
import { queryBuilder } from './query-builder.js';

type Limits = Pick<
  DatabaseConfig,
  'transactionRetriesMax' | 'transactionRetryDelayMs' | 'idleInTransactionTimeoutMs'
>;

/** What one run of the callback came to. */
type Attempt =
  | { readonly finished: Finished; readonly effects: OpenTransaction['effects'] }
  | { readonly error: unknown; readonly retryable: boolean };

/** Database over an engine: the rules of transactions are here, the same for both engines. */
export class SqlDatabase implements Database {
  readonly #engine: Engine;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #metrics: DatabaseMetrics;
  /** The transaction around the code that runs now, however deep in calls and awaits. */
  readonly #around = new AsyncLocalStorage<OpenTransaction>();

  constructor(engine: Engine, limits: Limits, parts: { log: Logger; metrics: DatabaseMetrics }) {
    this.#engine = engine;
    this.#limits = limits;
    this.#log = parts.log;
    this.#metrics = parts.metrics;
    const source = {
      take: async () => {
        this.#refuseInsideTransaction('the database was used directly');
        return engine.acquire();
      },
      giveBack: (runner: unknown) => (runner as Connection).release(),
    };
    bindTables(this, queryBuilder(source));
  }

  get engine(): DatabaseEngine {
    return this.#engine.kind;
  }

  async withTransaction<T>(
    options: TransactionOptions,
    work: (tx: Tx) => Promise<T>,
  ): Promise<TransactionResult<T>> {
    this.#refuseInsideTransaction(`transaction ${options.name} was opened`);
    for (let retries = 0; ; retries++) {
      const attempt = await this.#attempt(options, (open) => work(open.tx));
      if ('finished' in attempt) {
        await this.#run(attempt.effects, options.name);
        return attempt.finished.value as TransactionResult<T>;
      }
      if (!attempt.retryable || retries >= this.#limits.transactionRetriesMax) {
        this.#metrics.transaction(isUnknown(attempt.error) ? 'unknown' : 'failed');
        throw attempt.error;
      }
      this.#metrics.transaction('retried');
      this.#log.debug({ err: attempt.error, transaction: options.name, retries }, 'transaction is repeated');
      await pause(Math.random() * this.#limits.transactionRetryDelayMs * 2 ** retries);
    }
  }

  async #attempt(
    { name, mode }: TransactionOptions,
    work: (open: OpenTransaction) => Promise<unknown>,
  ): Promise<Attempt> {
    const connection = await this.#engine.acquire();
    const open = new OpenTransaction(name, connection, {
      idleTimeoutMs: this.#limits.idleInTransactionTimeoutMs,
    });
    try {
      await open.begin(mode);
      const result = await this.#around.run(open, () => Promise.race([work(open), open.abandoned]));
      const finished = await open.finish(result);
      this.#metrics.transaction(finished.outcome);
      return { finished, effects: finished.outcome === 'committed' ? open.effects : [] };
    } catch (error) {
      await open.undo();
      return { error, retryable: isRetryable(error) || isRetryable(open.failure) };
    } finally {
      connection.release();
    }
  }

  async #run(effects: OpenTransaction['effects'], transaction: string): Promise<void> {
    for (const effect of effects) {
      try {
        await effect();
      } catch (err) {
        this.#log.error({ err, transaction }, 'an effect after a commit failed');
      }
    }
  }

  #refuseInsideTransaction(what: string): void {
    const around = this.#around.getStore();
    if (!around?.open) return;
    throw new Error(
      `${what} inside the open transaction ${around.name}: pass its Tx, or do this before or after it`,
    );
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof AppError && error.definition === databaseErrors.commitOutcomeUnknown.definition;
}
