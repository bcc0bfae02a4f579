import type { Logger } from '../logger/index.js';
import type { Redis, RedisReply } from '../redis/index.js';

interface GateOptions {
  readonly redis: Redis;
  readonly pauseMs: number;
  readonly log: Logger;
  /** Before it opens again: false keeps it shut for another pause. */
  readonly beforeOpen: () => Promise<boolean>;
  /** Whether nothing new has come up since. */
  readonly isReady: () => boolean;
}

/**
 * Whether Redis is to be asked. The first failure shuts it, so that a server that stalls costs few callers its
 * deadline; from then on Redis is tried once in `pauseMs`, in the background, and told what it missed.
 */
export class RedisGate {
  readonly #options: GateOptions;
  #isOpen: boolean;
  #isStopped = true;
  #timer: NodeJS.Timeout | undefined;
  #attempt: Promise<void> = Promise.resolve();

  constructor(options: GateOptions) {
    this.#options = options;
    this.#isOpen = options.redis.configured;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  start(): void {
    this.#isStopped = false;
    if (!this.#isOpen) this.#tryLater();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#attempt;
  }

  /** For every reply: passes it on, and shuts when it says that Redis is away. */
  judge<T>(reply: RedisReply<T>): RedisReply<T> {
    // A refusal is about that command; the server is there.
    if (!reply.available && reply.why !== 'refused') this.shut(reply.why);
    return reply;
  }

  shut(why: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.log.warn({ why }, 'Redis does not answer the cache: memory and sources serve');
    this.#tryLater();
  }

  #tryLater(): void {
    if (this.#isStopped || this.#timer !== undefined || !this.#options.redis.configured) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#attempt = this.#try();
    }, this.#options.pauseMs).unref();
  }

  async #try(): Promise<void> {
    const { redis, log, beforeOpen, isReady } = this.#options;
    const answers = redis.available && (await redis.ping()).available;
    while (answers && !this.#isStopped && (await beforeOpen())) {
      if (!isReady()) continue;
      this.#isOpen = true;
      log.info('Redis answers the cache again');
      return;
    }
    this.#tryLater();
  }
}
