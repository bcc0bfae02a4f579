import type { Tx } from '../database/index.js';
import type { AppError } from '../errors/index.js';
import { cacheErrors } from './cache.errors.js';
import type { CacheNamespace, Change, ChangeOutcome, Loader, LoadOptions, StoreOptions } from './cache.js';
import type { CacheTime } from './coarse-time.js';
import { OversizedError } from './codec.js';
import type { Life } from './entry-maker.js';
import { codecIds } from './envelope.js';
import { type InProgress, Ticket } from './in-progress.js';
import type { MemoryEntry } from './memory-store.js';
import type { NamespacePolicy } from './namespace-policy.js';
import type { OutageJournal } from './outage-journal.js';
import { freezePlain } from './plain-value.js';
import { countTooLarge, notACount, type Sealed, type SharedRead } from './shared-store.js';
import { SingleFlight } from './single-flight.js';
import { type SourceParts, ValueSource } from './value-source.js';

/** How the other processes hear of changes. */
export interface Announcer {
  /** For Redis, which carries it. */
  messageOf(change: Change): string;
  /** Redis did not take something: it must not be read before it has. */
  missed(): void;
  /** By the database, where there is no Redis; undefined where there are no others. */
  readonly tell: ((change: Change, tx?: Tx) => Promise<void>) | undefined;
}

export interface NamespaceParts<T> extends SourceParts<T> {
  readonly policy: NamespacePolicy<T>;
  readonly time: CacheTime;
  readonly progress: InProgress;
  readonly journal: OutageJournal;
  readonly announcer: Announcer;
}

/** A value about to be stored; without `life` it is not worth keeping. */
interface Prepared<T> {
  readonly key: string;
  readonly value: T;
  readonly bytes: number;
  readonly life: Life | undefined;
  readonly sealed: Sealed | undefined;
}

const keysAtOnce = 500;

/** The port over memory and Redis. What changes first reaches this process, then the others. */
export class CachedNamespace<T> implements CacheNamespace<T> {
  readonly #parts: NamespaceParts<T>;
  readonly #memory: NamespaceParts<T>['memory'];
  readonly #memoryReads: NamespaceParts<T>['stats']['reads']['memory'];
  readonly #time: CacheTime;
  readonly #source: ValueSource<T>;
  readonly #flights: SingleFlight<T>;

  constructor(parts: NamespaceParts<T>) {
    this.#parts = parts;
    this.#memory = parts.memory;
    this.#memoryReads = parts.stats.reads.memory;
    this.#time = parts.time;
    this.#source = new ValueSource(parts);
    this.#flights = new SingleFlight({ ...parts, source: this.#source });
  }

  peek(key: string): T | undefined {
    const entry = this.#memory.fresh(key);
    if (entry === undefined) return undefined;
    this.#memoryReads.hit += 1;
    return entry.value;
  }

  async get(key: string): Promise<T | undefined> {
    const entry = this.#memory.fresh(key);
    if (entry === undefined) return this.#getShared(key);
    this.#memoryReads[entry.value === undefined ? 'negative' : 'hit'] += 1;
    return entry.value;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    const absent: string[] = [];
    for (const key of new Set(keys)) {
      const entry = this.#memory.fresh(key);
      if (entry === undefined) absent.push(key);
      else if (entry.value !== undefined) found.set(key, entry.value);
    }
    this.#memoryReads.hit += found.size;
    this.#memoryReads.miss += absent.length;
    if (!this.#parts.shared) return found;
    for (let at = 0; at < absent.length; at += keysAtOnce) {
      const chunk = absent.slice(at, at + keysAtOnce);
      for (const [key, value] of await this.#readShared(chunk)) {
        if (value !== undefined) found.set(key, value);
      }
    }
    return found;
  }

  async exists(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async ttl(key: string): Promise<number | undefined> {
    const { shared, entries } = this.#parts;
    if (!shared) {
      const entry = this.#memory.fresh(key);
      return entry?.value === undefined ? undefined : entry.freshUntilMs - this.#time.nowMs();
    }
    const { entry } = (await this.#askShared([key]))[0] as SharedRead;
    const leftMs = entry && entry.codec !== codecIds.nothing ? entry.freshUntilMs - entries.nowMs() : 0;
    return leftMs > 0 ? leftMs : undefined;
  }

  getOrLoad(key: string, loader: Loader<T>, options?: LoadOptions<T>): Promise<T | undefined> {
    const entry = this.#memory.get(key);
    const nowMs = this.#time.nowMs();
    if (entry === undefined || !this.#memory.isFresh(entry, nowMs)) return this.#load(key, loader, options);
    this.#memoryReads[entry.value === undefined ? 'negative' : 'hit'] += 1;
    if (entry.refreshAtMs <= nowMs) this.#refresh(key, loader, options);
    return Promise.resolve(entry.value);
  }

  async set(key: string, value: T, options?: StoreOptions<T>): Promise<ChangeOutcome> {
    return this.setMany([[key, value]], options);
  }

  async setMany(
    given: Iterable<readonly [string, T]>,
    options: StoreOptions<T> = {},
  ): Promise<ChangeOutcome> {
    const merged = { ...this.#parts.policy, ...options };
    const items = await Promise.all([...given].map(([key, value]) => this.#prepare(key, value, merged)));
    const { shared, announcer } = this.#parts;
    const keys = items.map(({ key }) => key);
    this.apply({ keys });
    if (!shared) {
      for (const item of items) this.#keep(item);
      await announcer.tell?.({ keys });
      return 'done';
    }
    const nowMs = this.#parts.entries.nowMs();
    const taken = await Promise.all(
      items.map(async (item) => {
        const { key, sealed } = item;
        // Before the answer: whoever replaces it meanwhile takes it away again.
        this.#keep(item);
        if (!shared.isOpen) return false;
        if (!sealed) return !(await shared.forget({ keys: [key] }, announcer.messageOf));
        return shared.storeGiven(key, sealed, nowMs, announcer.messageOf({ keys: [key] }));
      }),
    );
    return this.#remember({ keys: keys.filter((_, index) => !taken[index]) });
  }

  delete(key: string): Promise<ChangeOutcome> {
    return this.forget({ keys: [key] });
  }

  deleteMany(keys: readonly string[]): Promise<ChangeOutcome> {
    return this.forget({ keys });
  }

  deleteTags(tags: readonly string[]): Promise<ChangeOutcome> {
    return this.forget({ tags });
  }

  clear(): Promise<ChangeOutcome> {
    return this.forget({ all: true });
  }

  async changed(tx: Tx, change: Change): Promise<void> {
    const { shared, announcer } = this.#parts;
    if (!shared) await announcer.tell?.(change, tx);
    tx.afterCommit(async () => {
      if (shared) await this.forget(change);
      else this.apply(change);
    });
  }

  async increment(key: string, by = 1, options: StoreOptions<number> = {}): Promise<number> {
    if (!Number.isSafeInteger(by)) throw new RangeError(`Counts are whole numbers below 2^53, not ${by}.`);
    const { shared, policy, entries, announcer } = this.#parts;
    const nowMs = entries.nowMs();
    const merged = { ...policy, ...options } as StoreOptions<number>;
    const life = entries.life(by as T, { ...merged, graceMs: 0 } as LoadOptions<T>, nowMs);
    if (!life) throw new RangeError('A count needs a TTL above 0.');
    if (!shared) return this.#countHere(key, by, options);
    this.#forgetHere({ keys: [key] });
    if (shared.isOpen) {
      const entry = { ...life, codec: codecIds.integer, isDeflated: false, payload: Buffer.alloc(0) };
      const reply = await shared.count(key, by, entry, nowMs, announcer.messageOf({ keys: [key] }));
      if (reply.available) return reply.value;
    }
    throw this.#unavailable();
  }

  decrement(key: string, by = 1, options?: StoreOptions<number>): Promise<number> {
    return this.increment(key, -by, options);
  }

  /** What others, or this process itself, say is no longer true: here, at once. */
  apply(change: Change): void {
    this.#forgetHere(change);
    if (change.all) this.#parts.shared?.forgetEpoch();
  }

  /** Changes of others may have been missed: nothing is taken for fresh before it was looked at again. */
  doubt(): void {
    this.#memory.doubt();
    this.#parts.shared?.forgetEpoch();
  }

  /** Here, then everywhere. */
  async forget(change: Change): Promise<ChangeOutcome> {
    const { shared, announcer } = this.#parts;
    this.apply(change);
    if (!shared) {
      await announcer.tell?.(change);
      return 'done';
    }
    if (!shared.isOpen) return this.#remember(change);
    const missed = await shared.forget(change, announcer.messageOf);
    return this.#remember(missed ?? {});
  }

  /** Tells Redis what it has missed; false when it did not take all of it. */
  async replay(): Promise<boolean> {
    const { shared, journal, announcer } = this.#parts;
    const change = journal.take();
    if (!change || !shared) return true;
    const missed = await shared.forget(change, announcer.messageOf);
    if (missed) journal.remember(missed);
    return !missed;
  }

  #remember(change: Change): ChangeOutcome {
    const { journal, announcer } = this.#parts;
    if (!change.all && !change.keys?.length && !change.tags?.length) return 'done';
    journal.remember(change);
    announcer.missed();
    return 'remembered';
  }

  #forgetHere(change: Change): void {
    this.#parts.progress.outdate(change);
    this.#flights.forget(change);
    if (change.all) this.#memory.clear();
    for (const key of change.keys ?? []) this.#memory.delete(key);
    for (const tag of change.tags ?? []) this.#memory.deleteTag(tag);
  }

  #load(key: string, loader: Loader<T>, options?: LoadOptions<T>): Promise<T | undefined> {
    this.#memoryReads.miss += 1;
    const merged = options ? { ...this.#parts.policy, ...options } : this.#parts.policy;
    return this.#flights.value({ key, loader, options: merged, isBackground: false }, merged);
  }

  #refresh(key: string, loader: Loader<T>, options?: LoadOptions<T>): void {
    const merged = { ...this.#parts.policy, ...options };
    this.#flights.refresh({ key, loader, options: merged, isBackground: true }, merged);
  }

  async #prepare(key: string, value: T, options: LoadOptions<T>): Promise<Prepared<T>> {
    const { shared, codec, entries, onlyJson, entryBytesMax } = this.#parts;
    const bytes = freezePlain(value, onlyJson);
    const life = entries.life(value, options, entries.nowMs());
    if (!shared && bytes > entryBytesMax) {
      throw new OversizedError(
        `The cache takes at most ${entryBytesMax} bytes a value (cache.entryBytesMax); this one has about ${bytes}.`,
      );
    }
    const sealed = shared && life && { ...life, ...(await codec.encode(value)) };
    return { key, value, bytes, life, sealed };
  }

  #keep({ key, value, bytes, life }: Prepared<T>): void {
    const { keepsMemory, entries } = this.#parts;
    if (keepsMemory && life) {
      this.#memory.put(key, entries.forMemory(value, bytes, life, this.#memory.doubts));
    }
  }

  async #getShared(key: string): Promise<T | undefined> {
    this.#memoryReads.miss += 1;
    const { shared, progress, entries } = this.#parts;
    if (!shared) return undefined;
    const ticket = progress.begin(new Ticket(key, this.#memory.doubts));
    try {
      const reply = shared.isOpen ? await shared.readOne(key) : undefined;
      if (!reply?.available) throw this.#unavailable();
      const { entry: envelope } = reply.value;
      const entry =
        envelope && entries.isFresh(envelope) ? await this.#source.open(envelope, ticket) : undefined;
      this.#countShared(entry);
      return entry?.value;
    } finally {
      progress.end(ticket);
    }
  }

  #countShared(entry: MemoryEntry<T> | undefined): void {
    this.#parts.stats.reads.redis[!entry ? 'miss' : entry.value === undefined ? 'negative' : 'hit'] += 1;
  }

  /** No answer is not "there is nothing". */
  #unavailable(): AppError {
    this.#parts.stats.reads.redis.error += 1;
    return cacheErrors.cacheUnavailable();
  }

  /** Fresh ones only; undefined for those of which there is known to be nothing. */
  async #readShared(keys: readonly string[]): Promise<Map<string, T | undefined>> {
    const { progress, entries } = this.#parts;
    const { doubts } = this.#memory;
    const tickets = keys.map((key) => progress.begin(new Ticket(key, doubts)));
    try {
      const values = new Map<string, T | undefined>();
      const reads = await this.#askShared(keys);
      for (const [index, { entry: envelope }] of reads.entries()) {
        const fresh = envelope && entries.isFresh(envelope) ? envelope : undefined;
        const entry = fresh && (await this.#source.open(fresh, tickets[index] as Ticket));
        if (entry) values.set(keys[index] as string, entry.value);
        this.#countShared(entry);
      }
      return values;
    } finally {
      for (const ticket of tickets) progress.end(ticket);
    }
  }

  /** Raises `cache-unavailable`. */
  async #askShared(keys: readonly string[]): Promise<SharedRead[]> {
    const { shared } = this.#parts;
    const reply = shared?.isOpen ? await shared.read(keys) : undefined;
    if (!reply?.available) throw this.#unavailable();
    return reply.value;
  }

  /** Nothing else runs in between, so it is atomic. */
  #countHere(key: string, by: number, options: StoreOptions<number>): number {
    const { entries, policy } = this.#parts;
    const held = this.#memory.fresh(key);
    if (held?.value !== undefined && !Number.isSafeInteger(held.value)) throw notACount(key);
    const value = ((held?.value as number | undefined) ?? 0) + by;
    if (!Number.isSafeInteger(value)) throw countTooLarge(key);
    const merged = { ...policy, ...options, graceMs: 0 } as LoadOptions<T>;
    const life = entries.life(value as T, merged, entries.nowMs());
    if (!life) throw new RangeError('A count needs a TTL above 0.');
    this.#parts.progress.outdate({ keys: [key] });
    const entry = entries.forMemory(value as T, 8, life, this.#memory.doubts);
    this.#memory.put(
      key,
      held?.value === undefined
        ? entry
        : { ...entry, tags: held.tags, freshUntilMs: held.freshUntilMs, staleUntilMs: held.staleUntilMs },
    );
    return value;
  }
}
