import {
  type Database,
  isRollback,
  type Rollback,
  type TransactionOptions,
  type Tx,
} from '../database/index.js';
import { fromText, type Stored, toText } from './stored-answer.js';

/** A value is answered as it is recorded; what `tx.rollback` was given is answered as it is and never recorded. */
export type OnceResult<T> = T extends Rollback<infer V> ? V : Stored<T>;

export interface EffectOptions {
  /** For logs, kebab-case: `ai-continue`. */
  readonly name: string;
  /** The effect is over by then, by itself: afterwards its key counts as left by a crash and may be taken over. */
  readonly limitSeconds: number;
}

/**
 * Carries a request's effect out once for its `Idempotency-Key`, and answers a repetition with the first
 * result. Without a key each call has its effect. Good for one call: a request has one effect.
 *
 * With a key both raise `idempotency-key-running` (409) while the first is under way elsewhere,
 * `idempotency-key-reused` (422) when it came with another request, and `idempotency-answer-too-large` (409) when
 * the first result was too large to keep. Refusals and failures are never recorded: the same key may try again.
 */
export interface Once {
  /**
   * `database.withTransaction`, with the key as its first row and the result as its last: both are kept or neither is.
   * The result is plain data; it comes back the way it does from the record.
   */
  transaction<T>(options: TransactionOptions, work: (tx: Tx) => Promise<T>): Promise<OnceResult<T>>;
  /**
   * For what takes long or is no SQL. The key is committed first, the result after it; a failure takes the key
   * away. A crash in between leaves the key until `limitSeconds` are over, then the effect may happen again.
   */
  effect<T>(options: EffectOptions, work: () => Promise<T>): Promise<Stored<T>>;
}

/** Where no request stands behind the effect, as in jobs and tests: it simply happens. */
export function plainOnce(database: Database): Once {
  return {
    transaction: <T>(options: TransactionOptions, work: (tx: Tx) => Promise<T>) =>
      database.withTransaction(options, async (tx) => {
        const result = await work(tx);
        return isRollback(result) ? result : fromText(toText(result));
      }) as Promise<OnceResult<T>>,
    effect: async (_options, work) => fromText(toText(await work())),
  };
}
