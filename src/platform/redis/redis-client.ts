import { createHash } from 'node:crypto';
import type { BlockingReads } from './blocking-reads.js';
import type { CommandSender, LoadedScript } from './command-line.js';
import type { PipelineCommand, Redis, RedisReply, RedisScript, RedisValue, SetOptions } from './redis.js';
import { asText, type CommandArgument, type CommandFormat } from './redis-connection.js';
import type { Subscriptions } from './subscriptions.js';

interface ClientParts {
  readonly sender: CommandSender;
  readonly subscriptions: Pick<Subscriptions, 'subscribe'>;
  readonly blocking: Pick<BlockingReads, 'pop'>;
  readonly keyPrefix: string;
  readonly isAvailable: () => boolean;
}

type Values = Readonly<Record<string, RedisValue>>;

const noTtl = -1;
const nothing = <T>(value: T): Promise<RedisReply<T>> => Promise.resolve({ available: true, value });

/** The commands of the port, in the words of Redis. */
export class RedisClient implements Redis {
  readonly configured = true;
  readonly #parts: ClientParts;
  readonly #sender: CommandSender;
  readonly #prefix: string;
  readonly #scripts = new WeakMap<RedisScript, LoadedScript>();

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#sender = parts.sender;
    this.#prefix = parts.keyPrefix;
  }

  get available(): boolean {
    return this.#parts.isAvailable();
  }

  ping() {
    return this.#sender.send('ping', [], done);
  }

  get(key: string) {
    return this.#sender.send('get', [this.#prefix + key], textOrNone, asText);
  }

  getBytes(key: string) {
    return this.#sender.send('get', [this.#prefix + key], bytesOrNone);
  }

  set(key: string, value: RedisValue, { ttlMs, when }: SetOptions = {}) {
    const args = [this.#prefix + key, argument(value)];
    if (ttlMs !== undefined) args.push('PX', Math.ceil(ttlMs));
    if (when !== undefined) args.push(when);
    return this.#sender.send('set', args, (answer) => answer !== null);
  }

  delete(...keys: string[]) {
    return keys.length === 0 ? nothing(0) : this.#sender.send('del', this.#keys(keys), count);
  }

  exists(key: string) {
    return this.#sender.send('exists', [this.#prefix + key], isOne);
  }

  mget(keys: readonly string[]) {
    const read = (values: unknown) => (values as (string | null)[]).map(textOrNone);
    return keys.length === 0 ? nothing([]) : this.#sender.send('mget', this.#keys(keys), read, asText);
  }

  mgetBytes(keys: readonly string[]) {
    const read = (values: unknown) => (values as (Buffer | null)[]).map(bytesOrNone);
    return keys.length === 0 ? nothing([]) : this.#sender.send('mget', this.#keys(keys), read);
  }

  mset(entries: Values) {
    const args = pairs(entries, (key) => this.#prefix + key);
    return args.length === 0 ? nothing(true as const) : this.#sender.send('mset', args, done);
  }

  expire(key: string, ttlMs: number) {
    return this.#sender.send('pexpire', [this.#prefix + key, Math.ceil(ttlMs)], isOne);
  }

  ttl(key: string) {
    return this.#sender.send('pttl', [this.#prefix + key], (answer) => {
      const ms = Number(answer);
      if (ms >= 0) return ms;
      return ms === noTtl ? Number.POSITIVE_INFINITY : undefined;
    });
  }

  hget(key: string, field: string) {
    return this.#sender.send('hget', [this.#prefix + key, field], textOrNone, asText);
  }

  hset(key: string, fields: Values) {
    const args = pairs(fields, (field) => field);
    return args.length === 0 ? nothing(0) : this.#sender.send('hset', [this.#prefix + key, ...args], count);
  }

  hgetall(key: string) {
    const read = (answer: unknown) => answer as Readonly<Record<string, string>>;
    return this.#sender.send('hgetall', [this.#prefix + key], read, asText);
  }

  hdel(key: string, ...fields: string[]) {
    return this.#onMembers('hdel', key, fields);
  }

  sadd(key: string, ...members: string[]) {
    return this.#onMembers('sadd', key, members);
  }

  smembers(key: string) {
    return this.#sender.send('smembers', [this.#prefix + key], (answer) => answer as string[], asText);
  }

  srem(key: string, ...members: string[]) {
    return this.#onMembers('srem', key, members);
  }

  incr(key: string) {
    return this.#sender.send('incr', [this.#prefix + key], count);
  }

  decr(key: string) {
    return this.#sender.send('decr', [this.#prefix + key], count);
  }

  incrBy(key: string, by: number) {
    return this.#sender.send('incrby', [this.#prefix + key, by], count);
  }

  decrBy(key: string, by: number) {
    return this.#sender.send('decrby', [this.#prefix + key, by], count);
  }

  pipeline(commands: readonly PipelineCommand[]) {
    if (commands.length === 0) return nothing([]);
    return this.#sender.sendAll(
      commands.map(({ command, args, bytes }) => ({
        name: command,
        args: args.map(argument),
        format: this.#prefixing(bytes),
      })),
    );
  }

  run(script: RedisScript, keys: readonly string[], args: readonly (RedisValue | number)[]) {
    let loaded = this.#scripts.get(script);
    if (!loaded) {
      loaded = { ...script, sha: createHash('sha1').update(script.lua).digest('hex') };
      this.#scripts.set(script, loaded);
    }
    return this.#sender.evaluate(loaded, [keys.length, ...this.#keys(keys), ...args.map(argument)]);
  }

  push(key: string, ...elements: RedisValue[]) {
    return this.#sender.send('rpush', [this.#prefix + key, ...elements.map(argument)], count);
  }

  blockingPop(key: string, timeoutMs: number) {
    return this.#parts.blocking.pop(this.#prefix + key, timeoutMs);
  }

  publish(channel: string, message: string) {
    return this.#sender.send('publish', [this.#prefix + channel, message], count);
  }

  subscribe(channel: string, listener: (message: string) => void, onGap?: () => void) {
    return this.#parts.subscriptions.subscribe(this.#prefix + channel, listener, onGap);
  }

  #keys(keys: readonly string[]): CommandArgument[] {
    return keys.map((key) => this.#prefix + key);
  }

  #prefixing(bytes = false): CommandFormat {
    return { keyPrefix: this.#prefix, ...(!bytes && { replyEncoding: 'utf8' }) };
  }

  #onMembers(name: string, key: string, members: readonly string[]) {
    if (members.length === 0) return nothing(0);
    return this.#sender.send(name, [this.#prefix + key, ...members], count);
  }
}

const textOrNone = (answer: unknown) => (answer === null ? undefined : (answer as string));
const bytesOrNone = (answer: unknown) => (answer === null ? undefined : (answer as Buffer));
const count = (answer: unknown) => Number(answer);
const isOne = (answer: unknown) => Number(answer) === 1;
const done = () => true as const;

function argument(value: RedisValue | number): CommandArgument {
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Buffer) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function pairs(entries: Values, name: (key: string) => string): CommandArgument[] {
  return Object.entries(entries).flatMap(([key, value]) => [name(key), argument(value)]);
}
