import type { Kysely } from 'kysely';
import { port } from '../kernel/index.js';

declare const transaction: unique symbol;
declare const rolledBack: unique symbol;

/** What `tx.rollback(value)` returns: give it back from the callback to undo everything and answer `value`. */
export interface Rollback<T> {
  readonly [rolledBack]: T;
}

/** An open transaction. Only `withTransaction` makes one; a port method that writes takes it first. */
export interface Tx {
  readonly [transaction]: true;
  /** Undo the transaction and answer `value`: `return tx.rollback(denied)`. */
  rollback<T>(value: T): Rollback<T>;
  /** Runs after a successful commit, never after a rollback; its failure is logged and changes nothing. */
  afterCommit(effect: () => void | Promise<void>): void;
}

export type DatabaseEngine = 'pglite' | 'postgres';

export interface TransactionOptions {
  /** For metrics and logs, kebab-case: `admit-quota`. */
  readonly name: string;
  /** `snapshot`: every statement sees the database as the first one did (repeatable read), and none may write. */
  readonly mode?: 'read-write' | 'snapshot';
}

export type TransactionResult<T> = T extends Rollback<infer V> ? V : T;

/**
 * The one relational store. Used directly it runs single statements, each in its own transaction;
 * doing so inside an open transaction throws, since it would wait for itself on the embedded engine
 * and drain the pool on a server.
 */
export interface Database {
  readonly engine: DatabaseEngine;
  /**
   * Runs `work` in a transaction and commits when it resolves. Deadlocks and serialization failures
   * are retried, the whole callback, at most 3 times with jitter; so the callback has no effect but
   * SQL: no HTTP, no Redis, no hashing, no waiting.
   */
  withTransaction<T>(
    options: TransactionOptions,
    work: (tx: Tx) => Promise<T>,
  ): Promise<TransactionResult<T>>;
}

export const Database = port<Database>('database');

/** Where a repository's statement runs: in the caller's transaction, or alone. */
export type Queryable = Database | Tx;

// biome-ignore lint/suspicious/noExplicitAny: each caller states the tables it owns.
const builders = new WeakMap<Queryable, Kysely<any>>();

/** The query builder for a module's own tables, bound to `where`: `tables<AuthTables>(tx).selectFrom('users')`. */
export function tables<T>(where: Queryable): Kysely<T> {
  const builder = builders.get(where);
  if (!builder) throw new TypeError('tables() takes the Database or the Tx of an open transaction');
  return builder;
}

// biome-ignore lint/suspicious/noExplicitAny: see above.
export function bindTables(where: Queryable, builder: Kysely<any>): void {
  builders.set(where, builder);
}
