import type { Database, Tx } from '../database/index.js';
import { type BaseService, type Clock, type Health, healthy, type Instance } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import type { Redis } from '../redis/index.js';
import type { CacheConfig } from './cache.config.js';
import type { Cache, CacheNamespace, Change, NamespaceOptions } from './cache.js';
import { registerCacheMetrics } from './cache.metrics.js';
import type { CacheBoard, CacheReport } from './cache-board.js';
import { type Announcer, CachedNamespace, type NamespaceParts } from './cached-namespace.js';
import { ChangeChannel, channelName } from './change-channel.js';
import { ChangeTail } from './change-tail.js';
import { type CacheTime, CoarseTime } from './coarse-time.js';
import { Codec } from './codec.js';
import { EntryMaker } from './entry-maker.js';
import { InProgress } from './in-progress.js';
import { LoadSlots } from './load-slots.js';
import { MemoryStore } from './memory-store.js';
import { type NamespacePolicy, policyOf } from './namespace-policy.js';
import { reportOf } from './namespace-report.js';
import { NamespaceStats } from './namespace-stats.js';
import { OutageJournal } from './outage-journal.js';
import { RedisGate } from './redis-gate.js';
import { SharedStore } from './shared-store.js';

export interface CacheServiceOptions {
  readonly config: CacheConfig;
  readonly database: Database;
  readonly redis: Redis;
  readonly clock: Clock;
  readonly instance: Instance;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Which database the values come from. */
  readonly findOrigin: () => Promise<string>;
  readonly time?: CacheTime;
  readonly random?: () => number;
}

export interface OpenNamespace {
  readonly namespace: CachedNamespace<unknown>;
  readonly parts: NamespaceParts<unknown>;
}

const purgeEveryMs = 1_000;
const originLength = 8;

/**
 * The caches of this process: memory, Redis behind it where that is configured, and what keeps them true. It starts
 * and stays healthy whatever happens to Redis.
 */
export class CacheService implements BaseService, Cache, CacheBoard {
  readonly name = 'cache';
  readonly version = '1.0.0';
  readonly #options: CacheServiceOptions;
  readonly #time: CacheTime;
  readonly #open = new Map<string, OpenNamespace>();
  readonly #gate: RedisGate;
  readonly #slots: LoadSlots;
  readonly #channel: ChangeChannel;
  /** Undefined where Redis carries the changes, and where this is the only instance there can be. */
  readonly #tail: ChangeTail | undefined;
  /** Short: it is part of every key. */
  #origin = '';
  #purging: NodeJS.Timeout | undefined;

  constructor(options: CacheServiceOptions) {
    this.#options = options;
    const { redis, config, log, metrics, database } = options;
    this.#time = options.time ?? new CoarseTime();
    this.#gate = new RedisGate({
      ...{ redis, log, pauseMs: config.redisPauseMs },
      beforeOpen: () => this.#replay(),
      isReady: () => [...this.#open.values()].every(({ parts }) => parts.journal.size === 0),
    });
    this.#slots = new LoadSlots({
      runningMax: () => (this.#isOutage ? config.loadsInOutageMax : config.loadsMax),
      waitingMax: config.loadsWaitingMax,
    });
    const origin = options.instance.name;
    const onChange = (name: string, change: Change) => this.#open.get(name)?.namespace.apply(change);
    const onGap = () => this.#doubt();
    this.#channel = new ChangeChannel({ redis, origin, log, onChange, onGap });
    if (!redis.configured && database.engine === 'postgres')
      this.#tail = this.#tailWith(origin, onChange, onGap);
    registerCacheMetrics(metrics, () => [...this.#open.values()].map(({ parts }) => parts));
  }

  async initialize(): Promise<void> {
    if (this.#options.redis.configured) {
      this.#origin = (await this.#options.findOrigin()).slice(0, originLength);
    }
    this.#gate.start();
    this.#channel.start();
    await this.#tail?.start();
    this.#purging = setInterval(() => {
      for (const { parts } of this.#open.values()) parts.memory.purge();
    }, purgeEveryMs).unref();
  }

  /** Without Redis it does what it is for, only less well. */
  async health(): Promise<Health> {
    const { redis } = this.#options;
    const failure = this.#tail?.failure;
    if (failure) return { status: 'degraded', detail: failure };
    if (this.#isOutage)
      return { status: 'degraded', detail: 'Redis does not answer: memory and sources serve' };
    return redis.configured ? healthy : { ...healthy, note: 'values are kept in each process' };
  }

  async close(): Promise<void> {
    clearInterval(this.#purging);
    this.#channel.stop();
    await this.#gate.stop();
    await this.#tail?.stop();
    if (!this.#gate.isOpen && this.#options.redis.available) await this.#replay();
  }

  namespace<T>(options: NamespaceOptions<T>): CacheNamespace<T> {
    const policy = policyOf(options, this.#options.config);
    if (this.#open.has(policy.name)) throw new Error(`Two cache namespaces are named "${policy.name}".`);
    const parts = this.#partsOf(policy);
    const namespace = new CachedNamespace(parts);
    this.#open.set(policy.name, { namespace, parts } as unknown as OpenNamespace);
    return namespace;
  }

  /** For the warm-up. */
  namespaces(): readonly OpenNamespace[] {
    return [...this.#open.values()];
  }

  report(): CacheReport {
    const { redis } = this.#options;
    const up = this.#gate.isOpen ? 'up' : 'down';
    return {
      redis: redis.configured ? up : 'not-configured',
      changesBy: redis.configured ? 'redis' : this.#tail ? 'database' : 'none',
      loadsRunning: this.#slots.running,
      loadsWaiting: this.#slots.waiting,
      namespaces: [...this.#open.values()].map(({ parts }) => reportOf(parts)),
    };
  }

  async clear(tx: Tx, name?: string): Promise<boolean> {
    const wanted = [...this.#open.values()].filter(({ parts }) => name === undefined || parts.name === name);
    if (name !== undefined && wanted.length === 0) return false;
    for (const { namespace } of wanted) await namespace.changed(tx, { all: true });
    return true;
  }

  /** One look at the changes of other instances, where they come by the database. */
  async look(): Promise<void> {
    await this.#tail?.look();
  }

  /** Removes changes that every instance has read. */
  prune(signal: AbortSignal): Promise<number> {
    return this.#tail?.prune(signal) ?? Promise.resolve(0);
  }

  get #isOutage(): boolean {
    return this.#options.redis.configured && !this.#gate.isOpen;
  }

  #tailWith(origin: string, onChange: (name: string, change: Change) => void, onGap: () => void): ChangeTail {
    const { database, clock, log, config } = this.#options;
    const { pollMs, keepMinutes } = config.tail;
    return new ChangeTail({
      ...{ database, clock, log, origin, pollMs, onChange, onGap },
      keepMs: keepMinutes * 60_000,
    });
  }

  #partsOf<T>(policy: NamespacePolicy<T>): NamespaceParts<T> {
    const { config, redis, clock, database, log, random = Math.random } = this.#options;
    const { name, tiers, codec, version, jitter, refreshAfter } = policy;
    const { entryBytesMax, leaseMs } = config;
    const time = this.#time;
    const hasOthers = redis.configured || database.engine === 'postgres';
    const shared =
      redis.configured && tiers !== 'memory'
        ? new SharedStore({
            ...{ redis, gate: this.#gate, channel: channelName, namespace: name },
            ...{ version, leaseMs, time, origin: () => this.#origin },
          })
        : undefined;
    return {
      ...{ name, policy, time, shared, leaseMs, entryBytesMax, log },
      keepsMemory: !shared || tiers === 'both',
      onlyJson: codec === 'json',
      memory: new MemoryStore<T>(time, policy),
      entries: new EntryMaker<T>({
        ...{ clock, time, jitter, refreshAfter, random },
        memoryAgeMs: hasOthers ? policy.memoryAgeMs : undefined,
      }),
      codec: new Codec(codec, config),
      slots: this.#slots,
      stats: new NamespaceStats(),
      progress: new InProgress(),
      journal: new OutageJournal(config.rememberedMax),
      announcer: this.#announcerOf(name),
    };
  }

  #announcerOf(name: string): Announcer {
    const { database } = this.#options;
    const tail = this.#tail;
    return {
      messageOf: (change) => this.#channel.messageOf(name, change),
      missed: () => this.#gate.shut('a change was not taken'),
      tell: tail && ((change, tx) => tail.add(tx ?? database, name, change)),
    };
  }

  #doubt(): void {
    for (const { namespace } of this.#open.values()) namespace.doubt();
  }

  /** Others have missed changes as we have, so nothing in memory is taken for fresh before it was looked at again. */
  async #replay(): Promise<boolean> {
    for (const { namespace } of this.#open.values()) {
      if (!(await namespace.replay())) return false;
    }
    this.#doubt();
    return true;
  }
}
