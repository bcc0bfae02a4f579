import { CommandDeadlines, PendingCommand } from './command-deadlines.js';
import type { RedisFailure, RedisReply } from './redis.js';
import type { CommandArgument, CommandFormat, RedisConnection } from './redis-connection.js';
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
  /** In one piece; unavailable as a whole only when an answer is missing. */
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

/**
 * The way of every command: a place in the bounded queue, one deadline for write and read together, one
 * outcome. A connection that stays silent past a deadline is replaced, since it may never speak again.
 */
export class CommandLine implements CommandSender {
  readonly #options: LineOptions;
  readonly #deadlines: CommandDeadlines;

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
    return this.#begin(this.#options.metrics.of(name), 1, read, (connection, pending) => {
      connection.send(
        name,
        args,
        format,
        (value) => pending.answered(value, connection.lastAnswerAtMs),
        (error) => this.#failed(pending, error),
      );
    });
  }

  evaluate({ name, lua, sha }: LoadedScript, args: CommandArgument[]): Promise<RedisReply<unknown>> {
    return this.#begin(this.#options.metrics.of(name), 1, identity, (connection, pending) => {
      const answered = (value: unknown) => pending.answered(value, connection.lastAnswerAtMs);
      const failed = (error: Error) => this.#failed(pending, error);
      connection.send('evalsha', [sha, ...args], textFormat, answered, (error) => {
        const forgotten = error instanceof RedisError && error.code === 'NOSCRIPT' && !pending.settled;
        if (forgotten) connection.send('eval', [lua, ...args], textFormat, answered, failed);
        else failed(error);
      });
    });
  }

  sendAll(commands: readonly PreparedCommand[]): Promise<RedisReply<readonly RedisReply<unknown>[]>> {
    type Replies = readonly RedisReply<unknown>[];
    const read = (value: unknown) => value as Replies;
    return this.#begin(this.#options.metrics.of('pipeline'), commands.length, read, (connection, pending) => {
      const replies = new Array<RedisReply<unknown>>(commands.length);
      let missing = commands.length;
      const take = (index: number, reply: RedisReply<unknown>) => {
        replies[index] = reply;
        missing -= 1;
        if (missing === 0) pending.answered(replies, connection.lastAnswerAtMs);
      };
      connection.together(() => {
        for (const [index, { name, args, format }] of commands.entries()) {
          connection.send(
            name,
            args,
            format,
            (value) => take(index, { available: true, value }),
            (error) =>
              error instanceof RedisError && !isNotReady(error)
                ? take(index, { available: false, why: 'refused', error })
                : this.#failed(pending, error),
          );
        }
      });
    });
  }

  /** Nothing is timed any more; what waits is failed by the end of its connection. */
  close(): void {
    this.#deadlines.close();
  }

  #begin<T>(
    stats: CommandStats,
    places: number,
    read: (value: unknown) => T,
    send: (connection: RedisConnection, pending: PendingCommand) => void,
  ): Promise<RedisReply<T>> {
    const { link, queueMax, queueBytesMax } = this.#options;
    const { connection } = link;
    if (!connection) return unavailable(stats, 'not-connected', link.failure);
    if (connection.unanswered + places > queueMax || connection.unsentBytes > queueBytesMax) {
      return unavailable(stats, 'queue-full');
    }
    return new Promise((resolve) => {
      const pending = new PendingCommand(
        connection,
        performance.now(),
        stats,
        read,
        resolve as (reply: RedisReply<unknown>) => void,
      );
      this.#deadlines.add(pending);
      send(connection, pending);
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

const textFormat: CommandFormat = { replyEncoding: 'utf8' };

function unavailable(stats: CommandStats, why: 'not-connected' | 'queue-full', error?: Error) {
  stats.count(why);
  return Promise.resolve({
    available: false as const,
    why: why as RedisFailure,
    ...(error !== undefined && { error }),
  });
}
