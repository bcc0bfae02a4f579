import { LRUCache } from 'lru-cache';
import type { CacheTime } from './coarse-time.js';

/** Moments on the clock of the process. */
export interface MemoryEntry<T> {
  /** Undefined: there is nothing. */
  readonly value: T | undefined;
  readonly bytes: number;
  readonly tags: readonly string[];
  readonly freshUntilMs: number;
  /** Past it the next reader has it made anew in the background. */
  readonly refreshAtMs: number;
  /** Kept until then, to be answered while the source fails. */
  readonly staleUntilMs: number;
  /** In how many doubts before it was made; see `doubt`. */
  readonly doubts: number;
}

interface MemoryLimits {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

/** What an entry takes besides its value. */
const entryBytes = 250;
const bucketMs = 1_000;

/**
 * The values that a process holds of one namespace, the least recently used dropped first when there are too many or
 * they take too much. What has ended is removed within two seconds of `purge` being called each second.
 */
export class MemoryStore<T> {
  readonly #time: CacheTime;
  readonly #entries: LRUCache<string, MemoryEntry<T>>;
  readonly #byTag = new Map<string, Set<string>>();
  /** Keys by the second in which they end. */
  readonly #byEnd = new Map<number, Set<string>>();
  #purgedTo: number;
  #doubts = 0;
  evictions = 0;

  constructor(time: CacheTime, { entriesMax, bytesMax }: MemoryLimits) {
    this.#time = time;
    this.#purgedTo = bucketOf(time.nowMs());
    this.#entries = new LRUCache({
      max: entriesMax,
      maxSize: bytesMax,
      dispose: (entry, key, reason) => {
        if (reason === 'evict') this.evictions += 1;
        this.#unlink(key, entry);
      },
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get doubts(): number {
    return this.#doubts;
  }

  /** Fresh or not. */
  get(key: string): MemoryEntry<T> | undefined {
    return this.#entries.get(key);
  }

  isFresh(entry: MemoryEntry<T>, nowMs: number): boolean {
    return entry.freshUntilMs > nowMs && entry.doubts === this.#doubts;
  }

  fresh(key: string): MemoryEntry<T> | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.isFresh(entry, this.#time.nowMs()) ? entry : undefined;
  }

  /** What may still be answered when nothing better comes. */
  usable(key: string): MemoryEntry<T> | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.staleUntilMs > this.#time.nowMs() ? entry : undefined;
  }

  put(key: string, entry: MemoryEntry<T>): void {
    this.#entries.set(key, entry, { size: entryBytes + 2 * key.length + entry.bytes });
    // Too large a one is not taken, and what it would replace is gone.
    if (this.#entries.peek(key) === entry) this.#link(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  deleteTag(tag: string): void {
    for (const key of [...(this.#byTag.get(tag) ?? [])]) this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Messages may have been missed: nothing counts as fresh until it was looked at again. */
  doubt(): void {
    this.#doubts += 1;
  }

  /** Removes what has ended; the work is proportional to what is removed. */
  purge(): void {
    const nowMs = this.#time.nowMs();
    for (const last = bucketOf(nowMs) - 1; this.#purgedTo <= last; this.#purgedTo++) {
      for (const key of [...(this.#byEnd.get(this.#purgedTo) ?? [])]) this.#entries.delete(key);
    }
  }

  #link(key: string, entry: MemoryEntry<T>): void {
    addTo(this.#byEnd, bucketOf(entry.staleUntilMs), key);
    for (const tag of entry.tags) addTo(this.#byTag, tag, key);
  }

  #unlink(key: string, entry: MemoryEntry<T>): void {
    removeFrom(this.#byEnd, bucketOf(entry.staleUntilMs), key);
    for (const tag of entry.tags) removeFrom(this.#byTag, tag, key);
  }
}

const bucketOf = (moment: number) => Math.floor(moment / bucketMs);

function addTo<K>(sets: Map<K, Set<string>>, name: K, key: string): void {
  const set = sets.get(name);
  if (set) set.add(key);
  else sets.set(name, new Set([key]));
}

function removeFrom<K>(sets: Map<K, Set<string>>, name: K, key: string): void {
  const set = sets.get(name);
  if (set?.delete(key) && set.size === 0) sets.delete(name);
}
