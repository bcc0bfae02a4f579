import { CommandDeadlines, PendingCommand } from './command-deadlines.js';
import type { RedisReply } from './redis.js';
import { asText, type CommandArgument, type CommandFormat, type Receiver } from './redis-connection.js';
import { isNotReady, RedisError } from './redis-error.js';
import type { RedisLink } from './redis-link.js';
import type { CommandStats, RedisMetrics } from './redis-metrics.js';

export interface CommandLimits {
  readonly commandTimeoutMs: number;
  readonly queueMax: number;
  readonly queueBytesMax: number;
}

/** Sends commands, or says at once why not. */
export interface CommandSender {
  send<T>(
    name: string,
    args: CommandArgument[],
    read: (value: unknown) => T,
    format?: CommandFormat,
  ): Promise<RedisReply<T>>;
  /** EVALSHA; when the server forgot the script, its text goes in the same place, under the same deadline. */
  evaluate(script: LoadedScript, args: CommandArgument[]): Promise<RedisReply<unknown>>;
  /** Unavailable as a whole only when an answer is missing. */
  sendAll(commands: readonly PreparedCommand[]): Promise<RedisReply<readonly RedisReply<unknown>[]>>;
}

export interface LoadedScript {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

export interface PreparedCommand {
  readonly name: string;
  readonly args: CommandArgument[];
  readonly format: CommandFormat;
}

interface LineOptions extends CommandLimits {
  readonly link: RedisLink;
  readonly metrics: RedisMetrics;
}

const identity = (value: unknown) => value;
const asReplies = (value: unknown) => value as readonly RedisReply<unknown>[];

/**
 * The way of every command: a place in the bounded queue, one deadline for write and read together, one
 * outcome. A connection that stays silent past a deadline is replaced, since it may never speak again.
 */
export class CommandLine implements CommandSender {
  readonly #options: LineOptions;
  readonly #deadlines: CommandDeadlines;
  readonly #onFailed = (pending: PendingCommand, error: Error) => this.#failed(pending, error);

  constructor(options: LineOptions) {
    this.#options = options;
    this.#deadlines = new CommandDeadlines(options.commandTimeoutMs, (pending) => this.#late(pending));
  }

  send<T>(
    name: string,
    args: CommandArgument[],
    read: (value: unknown) => T,
    format?: CommandFormat,
  ): Promise<RedisReply<T>> {
    return this.#begin(name, 1, read, (pending) => pending.connection.send(name, args, format, pending));
  }

  evaluate({ name, lua, sha }: LoadedScript, args: CommandArgument[]): Promise<RedisReply<unknown>> {
    return this.#begin(name, 1, identity, (pending) => {
      const { connection } = pending;
      connection.send('evalsha', [sha, ...args], asText, {
        answered: (value, atMs) => pending.answered(value, atMs),
        failed: (error) => {
          const forgotten = error instanceof RedisError && error.code === 'NOSCRIPT' && !pending.settled;
          if (forgotten) connection.send('eval', [lua, ...args], asText, pending);
          else pending.failed(error);
        },
      });
    });
  }

  sendAll(commands: readonly PreparedCommand[]): Promise<RedisReply<readonly RedisReply<unknown>[]>> {
    return this.#begin('pipeline', commands.length, asReplies, (pending) => {
      const replies = new Array<RedisReply<unknown>>(commands.length);
      let missing = commands.length;
      const take = (index: number, reply: RedisReply<unknown>, atMs: number) => {
        replies[index] = reply;
        missing -= 1;
        if (missing === 0) pending.answered(replies, atMs);
      };
      const { connection } = pending;
      const receiverOf = (index: number): Receiver => ({
        answered: (value, atMs) => take(index, { available: true, value }, atMs),
        failed: (error) =>
          error instanceof RedisError && !isNotReady(error)
            ? take(index, { available: false, why: 'refused', error }, connection.lastAnswerAtMs)
            : pending.failed(error),
      });
      connection.gather();
      for (const [index, { name, args, format }] of commands.entries()) {
        connection.send(name, args, format, receiverOf(index));
      }
    });
  }

  /** Nothing is timed any more; what waits is failed by the end of its connection. */
  close(): void {
    this.#deadlines.close();
  }

  #begin<T>(
    name: string,
    places: number,
    read: (value: unknown) => T,
    send: (pending: PendingCommand) => void,
  ): Promise<RedisReply<T>> {
    const { link, metrics, queueMax, queueBytesMax } = this.#options;
    const stats = metrics.of(name);
    const { connection } = link;
    if (!connection) return unavailable(stats, 'not-connected', link.failure);
    if (connection.unanswered + places > queueMax || connection.unsentBytes > queueBytesMax) {
      return unavailable(stats, 'queue-full');
    }
    return new Promise((resolve) => {
      const settle = resolve as (reply: RedisReply<unknown>) => void;
      const pending = new PendingCommand({ connection, stats, read, settle, onFailed: this.#onFailed });
      this.#deadlines.add(pending);
      send(pending);
    });
  }

  #failed(pending: PendingCommand, error: Error): void {
    if (!(error instanceof RedisError)) pending.fail('not-connected', error);
    else if (!isNotReady(error)) pending.fail('refused', error);
    else {
      pending.fail('not-ready', error);
      this.#options.link.replace(pending.connection, error);
    }
  }

  #late(pending: PendingCommand): void {
    const { link, commandTimeoutMs } = this.#options;
    const { connection } = pending;
    const error = new Error(`Redis did not answer in ${commandTimeoutMs} ms`);
    pending.fail('timed-out', error);
    if (connection.lastAnswerAtMs < pending.sentAtMs) link.replace(connection, error);
  }
}

function unavailable(stats: CommandStats, why: 'not-connected' | 'queue-full', error?: Error) {
  stats.count(why);
  return Promise.resolve({
    available: false as const,
    why,
    ...(error !== undefined && { error }),
  });
}
