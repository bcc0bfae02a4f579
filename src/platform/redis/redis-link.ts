import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { RedisConfig } from './redis.config.js';
import type { RedisConnection } from './redis-connection.js';
import { explain } from './redis-error.js';

interface LinkOptions {
  /** `commands`, `subscriptions`, `blocking`: for the log. */
  readonly name: string;
  /** Gives a connection that serves, or rejects; within a bounded time. */
  readonly open: (signal: AbortSignal) => Promise<RedisConnection>;
  readonly delays: Pick<RedisConfig, 'reconnectDelayMs' | 'reconnectDelayMsMax'>;
  readonly log: Logger;
  /** Called for each new connection, before anybody else uses it. */
  readonly onConnection?: (connection: RedisConnection) => void;
  /** Called when a connection came about after an earlier one was lost, or an attempt had failed. */
  readonly onReconnected?: () => void;
}

/**
 * Keeps one connection: reconnects for ever, with growing and random waits, also when the server was not
 * there at the start. Nothing of it rejects.
 */
export class RedisLink {
  readonly #options: LinkOptions;
  #closing = new AbortController();
  #connection: RedisConnection | undefined;
  #failure = new Error('the connection to Redis is not open yet');
  #ended: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The one that serves; undefined while there is none. */
  get connection(): RedisConnection | undefined {
    return this.#connection;
  }

  /** Why there was no connection the last time. */
  get failure(): Error {
    return this.#failure;
  }

  /** Resolves when the first attempt is over, well or not. Call once, and again after `close`. */
  start(): Promise<void> {
    this.#closing = new AbortController();
    return new Promise((tried) => {
      this.#ended = this.#keepConnected(tried);
    });
  }

  /** Gives a connection up that is no good any more. What waits on it fails. */
  replace(connection: RedisConnection, reason: Error): void {
    if (this.#connection === connection) this.#down(reason);
    connection.destroy(reason);
  }

  /** At once, also during an outage. */
  async close(): Promise<void> {
    const reason = new Error('Redis is closed: the application stops');
    this.#closing.abort(reason);
    this.#down(reason);
    await this.#ended;
  }

  async #keepConnected(tried: () => void): Promise<void> {
    const { signal } = this.#closing;
    const { log, name } = this.#options;
    let failures = 0;
    let downSinceMs: number | undefined;
    while (!signal.aborted) {
      const startedAtMs = performance.now();
      try {
        const connection = await this.#options.open(signal);
        if (downSinceMs !== undefined) {
          this.#options.onReconnected?.();
          log.info({ link: name, downMs: Math.round(performance.now() - downSinceMs) }, 'Redis is back');
          downSinceMs = undefined;
        }
        await this.#serve(connection, tried);
      } catch (error) {
        this.#failure = error as Error;
      }
      tried();
      if (signal.aborted) return;
      if (downSinceMs === undefined) {
        downSinceMs = performance.now();
        log.warn({ link: name, reason: explain(this.#failure) }, 'Redis is not available, trying again');
      }
      const lived = performance.now() - startedAtMs > this.#options.delays.reconnectDelayMsMax;
      failures = lived ? 0 : failures + 1;
      await pause(this.#delayMs(failures), undefined, { signal }).catch(() => {});
    }
  }

  async #serve(connection: RedisConnection, tried: () => void): Promise<void> {
    const { signal } = this.#closing;
    // Closed between its opening and now.
    if (signal.aborted) return connection.destroy(signal.reason);
    this.#connection = connection;
    this.#options.onConnection?.(connection);
    tried();
    const reason = await connection.closed;
    if (this.#connection === connection) this.#down(reason);
  }

  #down(reason: Error): void {
    this.#failure = reason;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy(reason);
  }

  #delayMs(failures: number): number {
    const { reconnectDelayMs, reconnectDelayMsMax } = this.#options.delays;
    return backoffMs(failures + 1, { baseMs: reconnectDelayMs, maxMs: reconnectDelayMsMax });
  }
}
