import { port } from '../kernel/index.js';

/**
 * Why there is no answer. `not-configured`: no `redis.url`. `not-connected`: down, connecting, or lost while the
 * command was under way. `not-ready`: it answered that it cannot serve (it loads, is a read-only replica, lost its
 * primary, no longer knows us). `timed-out`: nothing came within `redis.commandTimeoutMs`. `queue-full`: too much
 * waits already. `refused`: the server answered with an error (out of memory, no permission, wrong type).
 */
export type RedisFailure =
  | 'not-configured'
  | 'not-connected'
  | 'not-ready'
  | 'timed-out'
  | 'queue-full'
  | 'refused';

/**
 * The outcome of every command. It never rejects for what Redis does or fails to do, and no answer is never
 * "there is nothing": a caller has to look at `available` to get at the value.
 */
export type RedisReply<T> =
  | { readonly available: true; readonly value: T }
  | { readonly available: false; readonly why: RedisFailure; readonly error?: Error };

/** A Lua script; sent once, then called by its hash (EVALSHA), and sent again when the server forgot it. */
export interface RedisScript {
  /** kebab-case; the label of its metrics. */
  readonly name: string;
  readonly lua: string;
}

export function defineScript(script: RedisScript): RedisScript {
  return Object.freeze(script);
}

export interface SetOptions {
  /** Ends after this many milliseconds. */
  readonly ttlMs?: number;
  /** `nx`: only when absent. `xx`: only when present. */
  readonly when?: 'nx' | 'xx';
}

/** A value as it is stored: text, or bytes. */
export type RedisValue = string | Uint8Array;

/** What a pipeline may hold: nothing that waits, subscribes or reaches past single keys. */
export type PipelineCommandName =
  | (
      | 'get'
      | 'getdel'
      | 'set'
      | 'del'
      | 'exists'
      | 'mget'
      | 'mset'
      | 'incrby'
      | 'decrby'
      | 'strlen'
      | 'append'
    )
  | ('expire' | 'pexpire' | 'persist' | 'ttl' | 'pttl' | 'incr' | 'decr' | 'type')
  | ('hget' | 'hmget' | 'hset' | 'hgetall' | 'hdel' | 'hincrby' | 'hlen')
  | ('sadd' | 'smembers' | 'srem' | 'sismember' | 'scard')
  | ('lpush' | 'rpush' | 'lpop' | 'rpop' | 'lrange' | 'ltrim' | 'llen')
  | ('zadd' | 'zrem' | 'zscore' | 'zincrby' | 'zcard' | 'zrange' | 'zremrangebyscore')
  | ('xadd' | 'xrange' | 'xdel' | 'xtrim' | 'xlen');

export interface PipelineCommand {
  readonly command: PipelineCommandName;
  /** As Redis documents them; those that are keys get the prefix. */
  readonly args: readonly (RedisValue | number)[];
  /** Answers Buffers instead of text. */
  readonly bytes?: boolean;
}

/**
 * Redis. Each command has a deadline (`redis.commandTimeoutMs`, write and read together) and a place in a
 * bounded queue; while there is no connection it fails at once. Nothing is ever repeated. Keys and channels get
 * the configured prefix. A command that timed out or lost its connection may have been carried out.
 */
export interface Redis {
  readonly configured: boolean;
  /** Whether a command sent now would reach a server that answered the last time. */
  readonly available: boolean;
  ping(): Promise<RedisReply<true>>;
  get(key: string): Promise<RedisReply<string | undefined>>;
  getBytes(key: string): Promise<RedisReply<Buffer | undefined>>;
  /** False when `nx` or `xx` forbade it. */
  set(key: string, value: RedisValue, options?: SetOptions): Promise<RedisReply<boolean>>;
  /** How many were there. */
  delete(...keys: string[]): Promise<RedisReply<number>>;
  exists(key: string): Promise<RedisReply<boolean>>;
  mget(keys: readonly string[]): Promise<RedisReply<(string | undefined)[]>>;
  mgetBytes(keys: readonly string[]): Promise<RedisReply<(Buffer | undefined)[]>>;
  mset(entries: Readonly<Record<string, RedisValue>>): Promise<RedisReply<true>>;
  /** False when there is no such key. */
  expire(key: string, ttlMs: number): Promise<RedisReply<boolean>>;
  /** Milliseconds left; undefined when there is no such key, `Infinity` when it does not end. */
  ttl(key: string): Promise<RedisReply<number | undefined>>;
  hget(key: string, field: string): Promise<RedisReply<string | undefined>>;
  /** How many fields are new. */
  hset(key: string, fields: Readonly<Record<string, RedisValue>>): Promise<RedisReply<number>>;
  hgetall(key: string): Promise<RedisReply<Readonly<Record<string, string>>>>;
  hdel(key: string, ...fields: string[]): Promise<RedisReply<number>>;
  sadd(key: string, ...members: string[]): Promise<RedisReply<number>>;
  smembers(key: string): Promise<RedisReply<string[]>>;
  srem(key: string, ...members: string[]): Promise<RedisReply<number>>;
  incr(key: string): Promise<RedisReply<number>>;
  decr(key: string): Promise<RedisReply<number>>;
  incrBy(key: string, by: number): Promise<RedisReply<number>>;
  decrBy(key: string, by: number): Promise<RedisReply<number>>;
  /** One round trip, not a transaction; each command has its own outcome within. */
  pipeline(commands: readonly PipelineCommand[]): Promise<RedisReply<readonly RedisReply<unknown>[]>>;
  /** Atomic. Its keys are `KEYS`, prefixed; it answers text, numbers and lists of them. */
  run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (RedisValue | number)[],
  ): Promise<RedisReply<unknown>>;
  /**
   * Waits for the first element of a list, `timeoutMs` (1 to 60 000) at most; undefined when none came. Has a
   * connection of its own, where one waits at a time: further callers wait for their turn within their time, at
   * most 100. An element whose connection breaks on the way is lost.
   */
  blockingPop(key: string, timeoutMs: number): Promise<RedisReply<string | undefined>>;
  /** Appends to a list; answers its length. */
  push(key: string, ...elements: RedisValue[]): Promise<RedisReply<number>>;
  /** How many connections of the server took it: a hint, never a guarantee. */
  publish(channel: string, message: string): Promise<RedisReply<number>>;
  /**
   * Calls `listener` for each message until the returned function is called; renewed by itself after a reconnect.
   * `onGap` tells that messages may have been lost: at the first subscription and after each reconnect.
   */
  subscribe(channel: string, listener: (message: string) => void, onGap?: () => void): () => void;
}

export const Redis = port<Redis>('redis');
