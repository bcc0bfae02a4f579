import type { RedisReply } from './redis.js';
import { asText, type RedisConnection } from './redis-connection.js';
import { isNotReady, RedisError } from './redis-error.js';
import type { RedisLink } from './redis-link.js';
import type { RedisMetrics } from './redis-metrics.js';

interface BlockingOptions {
  readonly link: RedisLink;
  readonly metrics: RedisMetrics;
  /** The server has this long, past the wait itself, to say that nothing came. */
  readonly commandTimeoutMs: number;
}

const waitersMax = 100;
const timeoutMsMax = 60_000;

/** Reads that wait, on a connection that the first of them opens; one waits on it at a time, in order. */
export class BlockingReads {
  readonly #options: BlockingOptions;
  #open = false;
  #connected: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiters = 0;

  constructor(options: BlockingOptions) {
    this.#options = options;
  }

  async pop(key: string, timeoutMs: number): Promise<RedisReply<string | undefined>> {
    const stats = this.#options.metrics.of('blpop');
    if (this.#waiters >= waitersMax) {
      stats.count('queue-full');
      return { available: false, why: 'queue-full' };
    }
    this.#waiters += 1;
    const untilMs = performance.now() + Math.min(timeoutMsMax, Math.max(1, timeoutMs));
    const read = this.#turn.then(() => this.#read(key, untilMs));
    this.#turn = read;
    try {
      const reply = await read;
      stats.count(reply.available ? 'ok' : (reply.why as 'refused'));
      return reply;
    } finally {
      this.#waiters -= 1;
    }
  }

  /** From now on the first read opens the connection. */
  start(): void {
    this.#open = true;
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#connected = undefined;
    await this.#options.link.close();
  }

  async #read(key: string, untilMs: number): Promise<RedisReply<string | undefined>> {
    const { link, commandTimeoutMs } = this.#options;
    if (this.#open) this.#connected ??= link.start();
    await this.#connected;
    const { connection } = link;
    if (!connection) return { available: false, why: 'not-connected', error: link.failure };
    const waitMs = untilMs - performance.now();
    // Others took all of its time.
    if (waitMs < 1) return { available: true, value: undefined };
    try {
      return await popped(connection, key, waitMs, commandTimeoutMs);
    } catch (error) {
      if (!(error instanceof RedisError)) {
        return { available: false, why: 'not-connected', error: error as Error };
      }
      if (!isNotReady(error)) return { available: false, why: 'refused', error };
      link.replace(connection, error);
      return { available: false, why: 'not-ready', error };
    }
  }
}

async function popped(connection: RedisConnection, key: string, waitMs: number, graceMs: number) {
  const waitSeconds = (waitMs / 1000).toFixed(3);
  const answer = await connection.ask('blpop', [key, waitSeconds], waitMs + graceMs, asText);
  return { available: true, value: (answer as [string, string] | null)?.[1] } as const;
}
