import { pause } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Loader, LoadOptions } from './cache.js';
import { type Codec, OversizedError } from './codec.js';
import type { EntryMaker, Life } from './entry-maker.js';
import type { Envelope } from './envelope.js';
import type { Ticket } from './in-progress.js';
import type { LoadSlots } from './load-slots.js';
import type { MemoryEntry, MemoryStore } from './memory-store.js';
import type { NamespaceStats } from './namespace-stats.js';
import { freezePlain } from './plain-value.js';
import type { Lease, SharedRead, SharedStore } from './shared-store.js';

export interface SourceParts<T> {
  readonly name: string;
  readonly memory: MemoryStore<T>;
  /** Whether this process keeps values. */
  readonly keepsMemory: boolean;
  readonly shared: SharedStore | undefined;
  readonly entries: EntryMaker<T>;
  readonly codec: Codec;
  readonly onlyJson: boolean;
  readonly slots: LoadSlots;
  readonly stats: NamespaceStats;
  readonly log: Logger;
  readonly leaseMs: number;
  readonly entryBytesMax: number;
}

export interface Plan<T> {
  readonly key: string;
  readonly loader: Loader<T>;
  readonly options: LoadOptions<T>;
  /** Nobody waits: whoever else is at it may do it alone. */
  readonly isBackground: boolean;
}

/** A read of one key for all who want it in this process. */
export interface Reading<T> extends Ticket {
  /** What may be answered when nothing better comes. */
  stale: MemoryEntry<T> | undefined;
  /** The value it brought is to be made anew in the background. */
  isDue: boolean;
}

type Shared<T> = { readonly answered: true; readonly value: T | undefined } | { readonly answered: false };

const unavailable = { answered: false } as const;
const waitMsMin = 5;
const waitMsMax = 50;

/** Where a value comes from: Redis, or the source, loaded once for all processes while Redis answers. */
export class ValueSource<T> {
  readonly #parts: SourceParts<T>;

  constructor(parts: SourceParts<T>) {
    this.#parts = parts;
  }

  async obtain(plan: Plan<T>, reading: Reading<T>, signal: AbortSignal): Promise<T | undefined> {
    if (this.#parts.shared?.isOpen) {
      const shared = await this.#throughRedis(this.#parts.shared, plan, reading, signal);
      if (shared.answered) return shared.value;
    }
    const { value, bytes, life } = await this.#load(plan, signal);
    if (life) this.#keep(reading, value, bytes, life);
    return value;
  }

  /** The value of an entry, kept in memory unless the reading is outdated. Undefined for one that is damaged. */
  async open(envelope: Envelope, ticket: Ticket): Promise<MemoryEntry<T> | undefined> {
    const { codec, entries, memory, keepsMemory, stats } = this.#parts;
    try {
      const decoded = codec.decode(envelope);
      const value = (decoded instanceof Promise ? await decoded : decoded) as T | undefined;
      const entry = entries.forMemory(value, freezePlain(value), envelope, ticket.doubts);
      if (keepsMemory && !envelope.isLive && !ticket.isOutdated) memory.put(ticket.key, entry);
      return entry;
    } catch (error) {
      stats.reads.redis.error += 1;
      this.#parts.log.warn({ namespace: this.#parts.name, err: error }, 'an entry in Redis cannot be read');
      return undefined;
    }
  }

  async #throughRedis(
    shared: SharedStore,
    plan: Plan<T>,
    reading: Reading<T>,
    signal: AbortSignal,
  ): Promise<Shared<T>> {
    for (let waitMs = waitMsMin; ; ) {
      signal.throwIfAborted();
      const reply = await shared.readOne(plan.key);
      if (!reply.available) return this.#failed();
      const found = reply.value;
      const fresh = await this.#judge(found, plan, reading);
      if (fresh) return { answered: true, value: fresh.value };
      const acquired = await shared.acquire(plan.key, found.header);
      if (acquired.kind === 'unavailable') return this.#failed();
      if (acquired.kind === 'granted') return this.#loadForAll(shared, acquired.lease, plan, reading, signal);
      if (acquired.kind === 'changed') continue;
      if (plan.isBackground) return { answered: true, value: undefined };
      await pause(waitMs, signal);
      waitMs = Math.min(2 * waitMs, waitMsMax);
    }
  }

  #failed(): Shared<T> {
    this.#parts.stats.reads.redis.error += 1;
    return unavailable;
  }

  /** What lies in Redis, if it will do. */
  async #judge(
    { entry: envelope }: SharedRead,
    plan: Plan<T>,
    reading: Reading<T>,
  ): Promise<MemoryEntry<T> | undefined> {
    const { entries, stats } = this.#parts;
    const reads = stats.reads.redis;
    const entry = envelope && (await this.open(envelope, reading));
    if (!envelope || !entry) {
      reads.miss += 1;
      return undefined;
    }
    if (!entries.isFresh(envelope)) {
      reading.stale = entry;
      reads.miss += 1;
      return undefined;
    }
    reading.isDue = entries.isDueForRefresh(envelope);
    if (plan.isBackground && reading.isDue) return undefined;
    reads[entry.value === undefined ? 'negative' : 'hit'] += 1;
    return entry;
  }

  async #loadForAll(
    shared: SharedStore,
    lease: Lease,
    plan: Plan<T>,
    reading: Reading<T>,
    signal: AbortSignal,
  ): Promise<Shared<T>> {
    const renewal = setInterval(() => void shared.renew(lease), this.#parts.leaseMs / 3).unref();
    let stored = false;
    try {
      const { value, bytes, life } = await this.#load(plan, signal);
      clearInterval(renewal);
      if (life) stored = await this.#storeForAll(shared, lease, reading, { value, bytes, life });
      return { answered: true, value };
    } finally {
      clearInterval(renewal);
      if (!stored) await shared.release(lease);
    }
  }

  /** True when the lease has gone with it. */
  async #storeForAll(
    shared: SharedStore,
    lease: Lease,
    reading: Reading<T>,
    { value, bytes, life }: { value: T | undefined; bytes: number; life: Life },
  ): Promise<boolean> {
    const { codec, entries, stats } = this.#parts;
    let encoded: Awaited<ReturnType<Codec['encode']>>;
    try {
      encoded = await codec.encode(value);
    } catch (error) {
      if (!(error instanceof OversizedError)) throw error;
      this.#oversized();
      return false;
    }
    const outcome = await shared.storeLoaded(lease, { ...life, ...encoded }, entries.nowMs());
    if (outcome === 'superseded') stats.superseded += 1;
    else this.#keep(reading, value, bytes, life);
    return outcome !== 'unavailable';
  }

  async #load(plan: Plan<T>, signal: AbortSignal) {
    const { slots, stats, entries, onlyJson } = this.#parts;
    const { key, loader, options } = plan;
    const value = await slots.run(signal, async () => {
      const startMs = performance.now();
      try {
        return await loader({ key, signal });
      } catch (error) {
        stats.reads.source.error += 1;
        throw error;
      } finally {
        stats.loaded(performance.now() - startMs);
      }
    });
    stats.reads.source[value === undefined ? 'negative' : 'hit'] += 1;
    const bytes = freezePlain(value, onlyJson);
    return { value, bytes, life: entries.life(value, options, entries.nowMs()) };
  }

  #keep(reading: Reading<T>, value: T | undefined, bytes: number, life: Life): void {
    const { memory, keepsMemory, entries, entryBytesMax, stats } = this.#parts;
    if (reading.isOutdated) stats.superseded += 1;
    else if (bytes > entryBytesMax) this.#oversized();
    else if (keepsMemory) {
      memory.put(reading.key, entries.forMemory(value, bytes, life, reading.doubts));
    }
  }

  #oversized(): void {
    const { stats, log, name, entryBytesMax } = this.#parts;
    stats.oversized += 1;
    if (stats.oversized === 1)
      log.warn({ namespace: name, entryBytesMax }, 'a value is too large to be kept');
  }
}
