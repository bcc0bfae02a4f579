import type { Tx } from '../database/index.js';

export interface LoadContext {
  readonly key: string;
  /** Aborts at the hard limit: nobody waits for the value any more. */
  readonly signal: AbortSignal;
}

/** Asks the source. `undefined` says that there is nothing, which is remembered too; `null` is a value. */
export type Loader<T> = (context: LoadContext) => Promise<T | undefined>;

/** A function is asked for each value that is stored. */
export interface StoreOptions<T> {
  /** How long it is fresh, before jitter; above 0. */
  readonly ttlMs?: number | ((value: T) => number);
  /** What else makes it wrong: `deleteTags` removes everything under a tag. At most 16. */
  readonly tags?: readonly string[] | ((value: T) => readonly string[]);
}

export interface LoadOptions<T> extends StoreOptions<T> {
  /** How long "there is nothing" is remembered; 0 does not remember it. */
  readonly negativeTtlMs?: number;
  /** How long past its end a value may still be answered while the source fails or is slow. */
  readonly graceMs?: number;
  /** Who has a stale value waits so long for a fresh one. */
  readonly softLimitMs?: number;
  /** Nobody waits longer than this; `cache-load-timeout` then, or the stale value. */
  readonly hardLimitMs?: number;
}

/** Values of one kind: where they live, for how long, and what happens when their source does not answer. */
export interface NamespaceOptions<T> extends LoadOptions<T> {
  /** kebab-case, unique in the application. Also the label of its metrics. */
  readonly name: string;
  /** Of the shape of the values, 1 to 65 535: raise it with the shape, and no release misreads another's. */
  readonly version: number;
  readonly ttlMs: number | ((value: T) => number);
  /**
   * `memory`: each process for itself. `redis`: nothing in the process, so that nobody reads what another one has
   * replaced. `both`: memory before Redis. Where no Redis is configured each of them is memory.
   */
  readonly tiers?: 'memory' | 'redis' | 'both';
  /** `json` takes text, booleans, finite numbers and null only; `msgpack` also bigint, dates and bytes. */
  readonly codec?: 'msgpack' | 'json';
  /** The ends of values made together lie apart by ± this part of their TTL, 0 to 0.5. */
  readonly jitter?: number;
  /** Past this part of its TTL the next reader has a value made anew in the background; 1 never does. */
  readonly refreshAfter?: number;
  readonly entriesMax?: number;
  readonly bytesMax?: number;
  /** Memory asks Redis, or the source, again after so long at the latest, where there may be other instances. */
  readonly memoryAgeMs?: number;
  readonly warmUp?: WarmUp<T>;
}

/** What is loaded before anybody asks. */
export interface WarmUp<T> {
  /** Which keys, the most wanted first. Asked for once, after the start. */
  keys(signal: AbortSignal): Promise<readonly string[]>;
  readonly load: Loader<T>;
  readonly perSecond: number;
  /** The instance is not ready before it is done. */
  readonly required?: boolean;
}

/** What is no longer true. */
export interface Change {
  readonly keys?: readonly string[];
  readonly tags?: readonly string[];
  /** The whole namespace. */
  readonly all?: true;
}

/**
 * `done`: no instance will be answered the old value, once the message reaches it (at once) or, if it gets lost, past
 * the age of its memory. `remembered`: Redis does not answer; this instance has forgotten the value, and tells Redis
 * as soon as it is back. Others may answer the old one until then, or for the age of their memory.
 */
export type ChangeOutcome = 'done' | 'remembered';

/**
 * Values by key. A key is any text; values are plain data (see `codec`), frozen when stored: who wants to change one
 * copies it. Where Redis is configured, an answer that lies there while it does not answer is `cache-unavailable`,
 * never a miss; `getOrLoad` goes to the source instead.
 */
export interface CacheNamespace<T> {
  /** What this process holds and knows to be fresh; no waiting. */
  peek(key: string): T | undefined;
  /** Undefined when it is not there, has ended, or there is known to be nothing. */
  get(key: string): Promise<T | undefined>;
  /** Those that are there. */
  getMany(keys: readonly string[]): Promise<Map<string, T>>;
  /** Raises a RangeError for what is larger than `cache.entryBytesMax`, a TypeError for what is no plain data. */
  set(key: string, value: T, options?: StoreOptions<T>): Promise<ChangeOutcome>;
  setMany(entries: Iterable<readonly [string, T]>, options?: StoreOptions<T>): Promise<ChangeOutcome>;
  delete(key: string): Promise<ChangeOutcome>;
  deleteMany(keys: readonly string[]): Promise<ChangeOutcome>;
  deleteTags(tags: readonly string[]): Promise<ChangeOutcome>;
  clear(): Promise<ChangeOutcome>;
  /**
   * For who changes the source: forgets what the transaction made wrong, when it has committed. Where instances tell
   * each other by the database, the word is part of the transaction and survives a crash right after the commit.
   */
  changed(tx: Tx, change: Change): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** Milliseconds for which it is still fresh. */
  ttl(key: string): Promise<number | undefined>;
  /**
   * Adds to a whole number that begins at 0 and keeps its end, atomically over all instances that share Redis.
   * Raises a TypeError when something else is there, a RangeError past 2^53.
   */
  increment(key: string, by?: number, options?: StoreOptions<number>): Promise<number>;
  decrement(key: string, by?: number, options?: StoreOptions<number>): Promise<number>;
  /**
   * The value, made by `loader` when it is missing: once, however many callers of however many processes ask, while
   * Redis answers; once a process otherwise. What the loader raises is passed on, unless a stale value may serve.
   */
  getOrLoad(key: string, loader: Loader<T>, options?: LoadOptions<T>): Promise<T | undefined>;
}

/** A cache makes reading fast and decides nothing: it may be empty, cleared or gone at any time. */
export interface Cache {
  /** Raises an error for a name that is taken. Call it while the application is wired. */
  namespace<T>(options: NamespaceOptions<T>): CacheNamespace<T>;
}
