import { withTimeLimit } from '../kernel/index.js';
import { errorText, type Logger } from '../logger/index.js';
import { cacheErrors } from './cache.errors.js';
import type { Change } from './cache.js';
import type { CacheTime } from './coarse-time.js';
import { type InProgress, Ticket } from './in-progress.js';
import type { MemoryEntry, MemoryStore } from './memory-store.js';
import type { NamespaceStats } from './namespace-stats.js';
import type { Plan, Reading, ValueSource } from './value-source.js';

interface FlightParts<T> {
  readonly name: string;
  readonly time: CacheTime;
  readonly memory: MemoryStore<T>;
  readonly source: ValueSource<T>;
  readonly progress: InProgress;
  readonly stats: NamespaceStats;
  readonly log: Logger;
}

interface Limits {
  readonly softLimitMs: number;
  readonly hardLimitMs: number;
}

interface Rest<T> {
  readonly untilMs: number;
  readonly stale: MemoryEntry<T>;
}

/** So long after a failed load its stale value is answered without another try. */
const restMs = 1_000;
const restsMax = 1_000;
const tooSlow = Symbol('the soft limit is over');

/** One read of a key for all who want it, as long as nothing has changed since it began. */
export class SingleFlight<T> {
  readonly #parts: FlightParts<T>;
  readonly #flying = new Map<string, Flight<T>>();
  readonly #resting = new Map<string, Rest<T>>();

  constructor(parts: FlightParts<T>) {
    this.#parts = parts;
  }

  /** For a key whose fresh value the process does not hold. */
  async value(plan: Plan<T>, limits: Limits): Promise<T | undefined> {
    const { stats, time } = this.#parts;
    const rest = this.#resting.get(plan.key);
    if (rest) {
      if (rest.untilMs > time.nowMs() && this.#mayServe(rest.stale)) return this.#serve(rest.stale);
      this.#resting.delete(plan.key);
    }
    let flight = this.#flying.get(plan.key);
    if (flight && !flight.isOutdated) stats.coalesced += 1;
    else flight = this.#start(plan, limits);
    return this.#await(flight);
  }

  /** For a value that is still fresh: whoever asks is not kept waiting, and a failure is tried again later. */
  refresh(plan: Plan<T>, limits: Limits): void {
    const flying = this.#flying.get(plan.key);
    if (flying && !flying.isOutdated) return;
    const rest = this.#resting.get(plan.key);
    if (rest && rest.untilMs > this.#parts.time.nowMs()) return;
    this.#start({ ...plan, isBackground: true }, limits);
  }

  forget({ keys = [], tags = [], all }: Change): void {
    if (all || tags.length > 0) this.#resting.clear();
    for (const key of keys) this.#resting.delete(key);
  }

  #start(plan: Plan<T>, { softLimitMs, hardLimitMs }: Limits): Flight<T> {
    const { memory, progress, source } = this.#parts;
    const { key } = plan;
    const flight = progress.begin(new Flight<T>(key, memory.doubts));
    flight.stale = memory.usable(key);
    this.#flying.set(key, flight);
    const softTimer = setTimeout(() => flight.passSoftLimit(), softLimitMs);
    flight.result = withTimeLimit(`Loading ${this.#parts.name}`, hardLimitMs, (signal) =>
      source.obtain(plan, flight, signal),
    )
      .catch((error: unknown) => {
        throw isTimeLimit(error)
          ? cacheErrors.cacheLoadTimeout({ params: { limitMs: hardLimitMs }, cause: error })
          : error;
      })
      .finally(() => {
        clearTimeout(softTimer);
        progress.end(flight);
        if (this.#flying.get(key) === flight) this.#flying.delete(key);
        if (flight.isDue && !plan.isBackground) this.refresh(plan, { softLimitMs, hardLimitMs });
      });
    flight.result.catch((error: unknown) => this.#failed(flight, error));
    return flight;
  }

  async #await(flight: Flight<T>): Promise<T | undefined> {
    let error: unknown;
    try {
      const value = await Promise.race([flight.result, flight.softLimit]);
      if (value !== tooSlow) return value;
    } catch (failure) {
      error = failure;
    }
    const { stale } = flight;
    if (stale && !flight.isOutdated && this.#mayServe(stale)) return this.#serve(stale);
    if (error !== undefined) throw error;
    return flight.result;
  }

  #failed(flight: Flight<T>, error: unknown): void {
    const { stale } = flight;
    const { log, name, time } = this.#parts;
    if (!stale || flight.isOutdated) return;
    if (this.#resting.size >= restsMax) this.#resting.delete(this.#resting.keys().next().value as string);
    this.#resting.set(flight.key, { untilMs: time.nowMs() + restMs, stale });
    log.warn({ namespace: name, reason: errorText(error) }, 'a value could not be made anew');
  }

  #mayServe({ staleUntilMs }: MemoryEntry<T>): boolean {
    return staleUntilMs > this.#parts.time.nowMs();
  }

  #serve({ value }: MemoryEntry<T>): T | undefined {
    this.#parts.stats.reads.memory.stale += 1;
    return value;
  }
}

class Flight<T> extends Ticket implements Reading<T> {
  result!: Promise<T | undefined>;
  isDue = false;
  /** Fulfilled when the soft limit has passed and there is something stale to be answered. */
  readonly softLimit: Promise<typeof tooSlow>;
  #stale: MemoryEntry<T> | undefined;
  #isSlow = false;
  #endWait: () => void = () => {};

  constructor(key: string, doubts: number) {
    super(key, doubts);
    this.softLimit = new Promise((resolve) => {
      this.#endWait = () => resolve(tooSlow);
    });
  }

  get stale(): MemoryEntry<T> | undefined {
    return this.#stale;
  }

  set stale(entry: MemoryEntry<T> | undefined) {
    this.#stale = entry;
    if (this.#isSlow && entry) this.#endWait();
  }

  passSoftLimit(): void {
    this.#isSlow = true;
    if (this.#stale) this.#endWait();
  }
}

function isTimeLimit(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeLimitError';
}
