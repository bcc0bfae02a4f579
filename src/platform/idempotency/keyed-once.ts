import { setTimeout as pause } from 'node:timers/promises';
import {
  type Database,
  isLockTimeout,
  isRollback,
  type TransactionOptions,
  type Tx,
} from '../database/index.js';
import { type Clock, newId } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { IdempotencyConfig } from './idempotency.config.js';
import { idempotencyErrors } from './idempotency.errors.js';
import type { IdempotencyMetrics, RequestOutcome } from './idempotency.metrics.js';
import type { Claim, Found, IdempotencyRepository, KeyOf, Recorded } from './idempotency.repository.js';
import type { EffectOptions, Once, OnceResult } from './once.js';
import type { RunningKeys } from './running-keys.js';
import { fromText, type Stored, toText } from './stored-answer.js';

export interface KeyedOnceParts {
  readonly database: Database;
  readonly repository: IdempotencyRepository;
  readonly running: RunningKeys;
  readonly clock: Clock;
  readonly config: IdempotencyConfig;
  readonly log: Logger;
  readonly counts: IdempotencyMetrics;
}

export interface KeyedRequest extends KeyOf {
  readonly requestHash: Buffer;
  /** Called before a recorded result is answered. */
  readonly replayed: () => void;
}

/** What an attempt came to: its answer, and the record for those who wait for it. */
interface Outcome<T> {
  readonly value: T;
  readonly recorded?: Recorded | undefined;
}

/** A key whose failed holder takes it away between two looks is looked at again this often. */
const looksMax = 3;
/** Before the second attempt to record; four times as long before each further one. */
const recordPauseMs = 50;
const recordAttemptsMax = 4;

/** The effect of one request that carries a key. */
export class KeyedOnce implements Once {
  readonly #parts: KeyedOnceParts;
  readonly #request: KeyedRequest;
  #used = false;
  #outcome: RequestOutcome = 'refused';

  constructor(parts: KeyedOnceParts, request: KeyedRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  transaction<T>(options: TransactionOptions, work: (tx: Tx) => Promise<T>): Promise<OnceResult<T>> {
    return this.#alone(async (): Promise<Outcome<OnceResult<T>>> => {
      let recorded: Recorded | undefined;
      const value = await this.#parts.database.withTransaction(options, async (tx) => {
        recorded = await this.#claimOrFind({}, tx);
        if (recorded) return tx.rollback(this.#replay<T>(recorded));
        const result = await work(tx);
        if (isRollback(result)) return result;
        const text = toText(result);
        recorded = this.#recordOf(text);
        await this.#parts.repository.record(this.#request, recorded, tx);
        return fromText<T>(text);
      });
      return { value: value as OnceResult<T>, recorded };
    });
  }

  effect<T>({ name, limitSeconds }: EffectOptions, work: () => Promise<T>): Promise<Stored<T>> {
    return this.#alone(async (): Promise<Outcome<Stored<T>>> => {
      const holder = newId(this.#parts.clock.now());
      const found = await this.#claimOrFind({ holder, limitSeconds });
      if (found) return { value: this.#replay<T>(found), recorded: found };
      let result: T;
      try {
        result = await work();
      } catch (error) {
        await this.#withdraw(holder, name);
        throw error;
      }
      const text = toText(result);
      const recorded = this.#recordOf(text);
      await this.#recordEffect(recorded, holder, name);
      return { value: fromText<T>(text), recorded };
    });
  }

  /** One at a time in this process; those who waited get what was recorded. */
  async #alone<T>(attempt: () => Promise<Outcome<T>>): Promise<T> {
    if (this.#used) throw new Error('The Once of a request was used twice: a request has one effect.');
    this.#used = true;
    const { counts } = this.#parts;
    try {
      const value = await this.#inTurn(attempt);
      counts.answered(this.#outcome);
      return value;
    } catch (error) {
      counts.raised(error);
      throw error;
    }
  }

  async #inTurn<T>(attempt: () => Promise<Outcome<T>>): Promise<T> {
    const { scope, key } = this.#request;
    const entry = await this.#parts.running.enter(JSON.stringify([scope, key]));
    if ('recorded' in entry) return this.#replay(entry.recorded) as T;
    let recorded: Recorded | undefined;
    try {
      const outcome = await attempt();
      recorded = outcome.recorded;
      if (recorded && this.#outcome !== 'replayed') this.#outcome = 'first';
      return outcome.value;
    } finally {
      entry.leave(recorded);
    }
  }

  /** Undefined when the key is ours now. */
  async #claimOrFind(
    effect: { readonly holder?: string; readonly limitSeconds?: number },
    tx?: Tx,
  ): Promise<Recorded | undefined> {
    const { repository } = this.#parts;
    for (let looks = 0; looks < looksMax; looks++) {
      if (await repository.claim(this.#claim(effect), tx).catch((error) => this.#lockedBy(error)))
        return undefined;
      const found = await repository.find(this.#request, tx);
      if (found) return this.#ended(found);
    }
    throw this.#stillRunning();
  }

  #claim({ holder, limitSeconds = 0 }: { holder?: string; limitSeconds?: number }): Claim {
    const { clock, config } = this.#parts;
    const { scope, key, requestHash } = this.#request;
    const now = clock.now();
    const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
    return {
      ...{ scope, key, requestHash, now },
      expiresAt: after(Math.max(config.keptSeconds, limitSeconds)),
      ...(holder !== undefined && { running: { holder, until: after(limitSeconds) } }),
    };
  }

  #lockedBy(error: unknown): never {
    throw isLockTimeout(error) ? this.#stillRunning(error) : error;
  }

  #ended(found: Found): Recorded {
    if (!found.requestHash.equals(this.#request.requestHash)) throw idempotencyErrors.keyReused();
    if (found.state === 'running') throw this.#stillRunning();
    return found;
  }

  #stillRunning(cause?: unknown) {
    const { retryAfterSeconds } = this.#parts.config;
    return idempotencyErrors.keyRunning({ retryAfterSeconds, cause });
  }

  #replay<T>(recorded: Recorded): Stored<T> {
    if (!recorded.requestHash.equals(this.#request.requestHash)) throw idempotencyErrors.keyReused();
    if (recorded.state === 'too-large') throw idempotencyErrors.answerTooLarge();
    this.#outcome = 'replayed';
    this.#request.replayed();
    return fromText<T>(recorded.answer);
  }

  #recordOf(answer: string | null): Recorded {
    const { requestHash } = this.#request;
    return Buffer.byteLength(answer ?? '') <= this.#parts.config.answerBytesMax
      ? { requestHash, state: 'done', answer }
      : { requestHash, state: 'too-large', answer: null };
  }

  /** The effect has happened, so its answer is given in any case. */
  async #recordEffect(recorded: Recorded, holder: string, name: string): Promise<void> {
    const { repository, database, log } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      try {
        if (await repository.record(this.#request, recorded, database, holder)) return;
        return log.error({ effect: name }, 'an effect outlasted its limit; its key was taken over meanwhile');
      } catch (err) {
        if (attempt === recordAttemptsMax) {
          return log.error(
            { err, effect: name },
            'the answer of an effect could not be kept for repetitions',
          );
        }
        await pause(recordPauseMs * 4 ** (attempt - 1));
      }
    }
  }

  async #withdraw(holder: string, name: string): Promise<void> {
    const { repository, log } = this.#parts;
    await repository.withdraw(this.#request, holder).catch((err: unknown) => {
      log.warn({ err, effect: name }, 'the key of a failed effect stays until its limit');
    });
  }
}
