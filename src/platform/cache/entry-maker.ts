import type { Clock } from '../kernel/index.js';
import type { LoadOptions, StoreOptions } from './cache.js';
import type { CacheTime } from './coarse-time.js';
import type { Envelope, Lifetime } from './envelope.js';
import type { MemoryEntry } from './memory-store.js';

interface EntryMakerOptions {
  readonly clock: Clock;
  readonly time: CacheTime;
  readonly jitter: number;
  readonly refreshAfter: number;
  /** Undefined where nobody else can change what this process holds. */
  readonly memoryAgeMs: number | undefined;
  readonly random: () => number;
}

export interface Life extends Lifetime {
  readonly tags: readonly string[];
}

const ttlMsMax = 366 * 86_400_000;
const tagsMax = 16;
const noTags: readonly string[] = Object.freeze([]);

/** When a value ends, in the time of the world for Redis and in the time of the process for its memory. */
export class EntryMaker<T> {
  readonly #options: EntryMakerOptions;

  constructor(options: EntryMakerOptions) {
    this.#options = options;
  }

  nowMs(): number {
    return this.#options.clock.now().getTime();
  }

  /** Undefined for what is not to be kept. Raises a RangeError for a TTL or tags out of bounds. */
  life(
    value: T | undefined,
    options: StoreOptions<T> & Pick<LoadOptions<T>, 'negativeTtlMs' | 'graceMs'>,
    nowMs: number,
  ): Life | undefined {
    const { jitter, refreshAfter, random } = this.#options;
    const ttlMs = ttlOf(value, options);
    if (ttlMs <= 0) return undefined;
    const jittered = ttlMs * (1 + jitter * (2 * random() - 1));
    const freshUntilMs = nowMs + jittered;
    // Nothing is not worth a background load, nor to be answered past its end.
    if (value === undefined) {
      return { freshUntilMs, refreshAtMs: freshUntilMs, staleUntilMs: freshUntilMs, tags: noTags };
    }
    return {
      freshUntilMs,
      refreshAtMs: nowMs + jittered * refreshAfter,
      staleUntilMs: freshUntilMs + (options.graceMs ?? 0),
      tags: tagsOf(value, options),
    };
  }

  isFresh({ freshUntilMs }: Envelope): boolean {
    return freshUntilMs > this.nowMs();
  }

  isDueForRefresh({ refreshAtMs }: Envelope): boolean {
    return refreshAtMs <= this.nowMs();
  }

  forMemory(value: T | undefined, bytes: number, life: Life, doubts: number): MemoryEntry<T> {
    const { time, memoryAgeMs = Number.POSITIVE_INFINITY } = this.#options;
    const nowMs = time.nowMs();
    const offsetMs = nowMs - this.nowMs();
    const { freshUntilMs, refreshAtMs, staleUntilMs, tags } = life;
    return {
      value,
      bytes,
      tags,
      freshUntilMs: Math.min(freshUntilMs + offsetMs, nowMs + memoryAgeMs),
      refreshAtMs: refreshAtMs + offsetMs,
      staleUntilMs: staleUntilMs + offsetMs,
      doubts,
    };
  }
}

function ttlOf<T>(
  value: T | undefined,
  { ttlMs, negativeTtlMs = 0 }: StoreOptions<T> & Pick<LoadOptions<T>, 'negativeTtlMs'>,
): number {
  const ms = value === undefined ? negativeTtlMs : typeof ttlMs === 'function' ? ttlMs(value) : ttlMs;
  if (ms === undefined || Number.isNaN(ms) || ms > ttlMsMax) {
    throw new RangeError(`A TTL is at most ${ttlMsMax} ms (366 days), not ${ms}.`);
  }
  return ms;
}

function tagsOf<T>(value: T, { tags = noTags }: StoreOptions<T>): readonly string[] {
  const found = typeof tags === 'function' ? tags(value) : tags;
  if (found.length > tagsMax)
    throw new RangeError(`An entry has at most ${tagsMax} tags, not ${found.length}.`);
  return found;
}
