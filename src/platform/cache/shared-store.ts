import { createHash, randomBytes } from 'node:crypto';
import type { Redis, RedisReply } from '../redis/index.js';
import type { Change } from './cache.js';
import type { CacheTime } from './coarse-time.js';
import { type Envelope, epochLength, headerBytes, openEnvelope, prefixOf, sealEnvelope } from './envelope.js';
import type { RedisGate } from './redis-gate.js';
import {
  acquireLease,
  acquireReply,
  countReply,
  countUp,
  forgetAll,
  forgetKeys,
  forgetTags,
  keepLease,
  storeGiven,
  storeLoaded,
} from './redis-scripts.js';

interface SharedStoreOptions {
  readonly redis: Redis;
  readonly gate: RedisGate;
  readonly channel: string;
  /** Of the database that the values come from; asked for once the cache has started. */
  readonly origin: () => string;
  readonly namespace: string;
  readonly version: number;
  readonly leaseMs: number;
  readonly time: CacheTime;
}

export interface SharedRead {
  /** Undefined: nothing that this release can read. */
  readonly entry: Envelope | undefined;
  /** What lies there, whatever it is: tells whether something else does later. */
  readonly header: Buffer;
}

/** The right to load for all. */
export interface Lease {
  readonly key: string;
  readonly value: string;
  readonly meta: string;
}

export type Acquired =
  | { readonly kind: 'granted'; readonly lease: Lease }
  | { readonly kind: 'busy' }
  /** Something else lies there than what was seen: read again. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'unavailable' };

export type Sealed = Omit<Envelope, 'isLive'>;

const nothing = Buffer.alloc(0);
const plainKeyLengthMax = 256;
const keysAtOnce = 500;
/** A word that a namespace was cleared may get lost: then its old entries are read for so long at the most. */
const epochAgeMs = 1_000;
const randomIds = uniqueIds();
const randomId = () => randomIds.next().value;
const newMeta = () => randomId() + randomId();

/** One namespace in Redis. Every answer says whether there is one; nothing here waits but for Redis itself. */
export class SharedStore {
  readonly #options: SharedStoreOptions;
  readonly #prefix: Buffer;
  #epoch: string | undefined;
  #epochUntilMs = 0;
  /** Counts reads of the epoch, so that one that was under way when it changed does not bring the old one back. */
  #asked = 0;
  #forgottenAt = 0;

  constructor(options: SharedStoreOptions) {
    this.#options = options;
    this.#prefix = prefixOf(options.version);
  }

  get isOpen(): boolean {
    return this.#options.gate.isOpen;
  }

  /** One key: a bare GET while the epoch is known and what lies there is of it. */
  async readOne(key: string): Promise<RedisReply<SharedRead>> {
    const { redis, gate } = this.#options;
    const epoch = this.#epoch;
    if (epoch !== undefined && this.#epochUntilMs > this.#options.time.nowMs()) {
      const reply = gate.judge(await redis.getBytes(this.#keyOf('v', key)));
      if (!reply.available) return reply;
      const found = this.#open(reply.value, epoch);
      if (found.entry || !reply.value) return { available: true, value: found };
    }
    const all = await this.read([key]);
    return all.available ? { available: true, value: all.value[0] as SharedRead } : all;
  }

  async read(keys: readonly string[]): Promise<RedisReply<SharedRead[]>> {
    const { redis, gate, time } = this.#options;
    const asked = ++this.#asked;
    const reply = gate.judge(
      await redis.mgetBytes([this.#metaKey, ...keys.map((key) => this.#keyOf('v', key))]),
    );
    if (!reply.available) return reply;
    const [meta, ...found] = reply.value;
    const epoch = meta?.toString('latin1', 0, epochLength);
    if (asked > this.#forgottenAt) {
      this.#epoch = epoch;
      this.#epochUntilMs = time.nowMs() + epochAgeMs;
    }
    return { available: true, value: found.map((bytes) => this.#open(bytes, epoch)) };
  }

  /** Another epoch may have begun: it is asked for with the next read. */
  forgetEpoch(): void {
    this.#epoch = undefined;
    this.#forgottenAt = this.#asked;
  }

  /** `seen`: the header that `read` found and that would not do. */
  async acquire(key: string, seen: Buffer): Promise<Acquired> {
    const { leaseMs } = this.#options;
    const token = randomId();
    const reply = await this.#run(acquireLease, this.#entryKeys(key), [
      seen.length > 0 ? seen : '',
      token,
      leaseMs,
      newMeta(),
    ]);
    if (!reply.available) return { kind: 'unavailable' };
    const [kind, meta] = reply.value as [number, string];
    if (kind === acquireReply.granted) return { kind: 'granted', lease: { key, value: token + meta, meta } };
    return { kind: kind === acquireReply.busy ? 'busy' : 'changed' };
  }

  /** False when it is no longer ours. */
  async renew({ key, value }: Lease): Promise<boolean> {
    const { leaseMs } = this.#options;
    const reply = await this.#run(keepLease, [this.#keyOf('l', key)], [value, leaseMs]);
    return !reply.available || reply.value === 1;
  }

  async release({ key, value }: Lease): Promise<void> {
    await this.#run(keepLease, [this.#keyOf('l', key)], [value, 0]);
  }

  /** `superseded`: a change came between, or the lease ended; nothing was stored. */
  async storeLoaded(
    { key, value, meta }: Lease,
    entry: Sealed,
    nowMs: number,
  ): Promise<'stored' | 'superseded' | 'unavailable'> {
    const reply = await this.#run(
      storeLoaded,
      [...this.#entryKeys(key), ...this.#tagKeys(entry.tags)],
      [value, meta, this.#prefix, sealEnvelope(entry), lifeMs(entry, nowMs), nowMs],
    );
    if (!reply.available) return 'unavailable';
    return reply.value === 1 ? 'stored' : 'superseded';
  }

  /** Whatever was there; who is loading will not overwrite it. `message` goes to all instances. */
  async storeGiven(key: string, entry: Sealed, nowMs: number, message: string): Promise<boolean> {
    const { channel } = this.#options;
    const reply = await this.#run(
      storeGiven,
      [...this.#entryKeys(key), channel, ...this.#tagKeys(entry.tags)],
      [message, newMeta(), this.#prefix, sealEnvelope(entry), lifeMs(entry, nowMs), nowMs],
    );
    return reply.available;
  }

  /** Answers what was not taken, if anything. */
  async forget(change: Change, messageOf: (part: Change) => string): Promise<Change | undefined> {
    const { channel } = this.#options;
    const tell = (part: Change, script: typeof forgetKeys, keys: readonly string[], args: string[] = []) =>
      this.#run(script, [channel, ...keys], [messageOf(part), ...args]).then((reply) =>
        reply.available ? [] : [part],
      );
    if (change.all) {
      this.forgetEpoch();
      const [missed] = await tell({ all: true }, forgetAll, [this.#metaKey], [newMeta()]);
      return missed;
    }
    const told = await Promise.all([
      ...inChunks(change.keys).map((keys) =>
        tell(
          { keys },
          forgetKeys,
          keys.flatMap((key) => [this.#keyOf('v', key), this.#keyOf('l', key)]),
        ),
      ),
      ...inChunks(change.tags).map((tags) =>
        tell({ tags }, forgetTags, [this.#metaKey, ...this.#tagKeys(tags)], [randomId(), newMeta()]),
      ),
    ]);
    const missed = told.flat();
    if (missed.length === 0) return undefined;
    const all = (part: 'keys' | 'tags') => missed.flatMap((one) => one[part] ?? []);
    return { keys: all('keys'), tags: all('tags') };
  }

  /** Raises a TypeError or RangeError for what can't be counted on. */
  async count(
    key: string,
    by: number,
    entry: Sealed,
    nowMs: number,
    message: string,
  ): Promise<RedisReply<number>> {
    const { channel } = this.#options;
    const moments = sealEnvelope({ ...entry, tags: [], payload: nothing }).subarray(1);
    const reply = await this.#run(
      countUp,
      [...this.#entryKeys(key), channel, ...this.#tagKeys(entry.tags)],
      [message, newMeta(), this.#prefix, nowMs, lifeMs(entry, nowMs), moments, by],
    );
    if (!reply.available) return reply;
    if (reply.value === countReply.wrongType) throw notACount(key);
    if (reply.value === countReply.tooLarge) throw countTooLarge(key);
    return { available: true, value: Number(reply.value) };
  }

  #open(bytes: Buffer | undefined, epoch: string | undefined): SharedRead {
    if (!bytes) return { entry: undefined, header: nothing };
    const entry = epoch === undefined ? undefined : openEnvelope(bytes, this.#prefix, epoch);
    return { entry, header: bytes.subarray(0, headerBytes) };
  }

  async #run(
    script: Parameters<Redis['run']>[0],
    keys: readonly string[],
    args: Parameters<Redis['run']>[2],
  ): Promise<RedisReply<unknown>> {
    const { redis, gate } = this.#options;
    return gate.judge(await redis.run(script, keys, args));
  }

  #entryKeys(key: string): [string, string, string] {
    return [this.#keyOf('v', key), this.#keyOf('l', key), this.#metaKey];
  }

  #tagKeys(tags: readonly string[]): string[] {
    return tags.map((tag) => this.#keyOf('t', tag));
  }

  get #root(): string {
    return `cache:${this.#options.origin()}:${this.#options.namespace}`;
  }

  get #metaKey(): string {
    return `${this.#root}:meta`;
  }

  #keyOf(kind: 'v' | 'l' | 't', name: string): string {
    return `${this.#root}:${kind}:${safeName(name)}`;
  }
}

export const notACount = (key: string) =>
  new TypeError(`What lies under ${JSON.stringify(key)} is no whole number, so it can't be counted on.`);
export const countTooLarge = (key: string) =>
  new RangeError(`The count under ${JSON.stringify(key)} would pass 2^53.`);

/** Never twice, of any process: random letters and a count, since random ones alone cost more than all else here. */
function* uniqueIds(): Generator<string, never> {
  for (;;) {
    const letters = randomBytes(6).toString('base64url');
    for (let count = 36 ** 3; count < 36 ** 4; count++) yield letters + count.toString(36);
  }
}

/** Long names, and those that UTF-8 can't tell apart, by their hash; one that looks like a hash as well. */
function safeName(name: string): string {
  if (name.length <= plainKeyLengthMax && !name.startsWith('#') && name.isWellFormed()) return name;
  return `#${createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('base64url')}`;
}

function lifeMs({ staleUntilMs }: Sealed, nowMs: number): number {
  return Math.max(1, Math.ceil(staleUntilMs - nowMs));
}

function inChunks(names: readonly string[] = []): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < names.length; at += keysAtOnce) chunks.push(names.slice(at, at + keysAtOnce));
  return chunks;
}
