import type { Command as CommandClass, Redis as Driver, RedisOptions } from 'ioredis';
import { asRedisError, isNotReady, RedisError } from './redis-error.js';
import type { RedisSettings } from './redis-settings.js';

export type CommandArgument = string | Buffer | number;

export interface CommandFormat {
  /** Text when set, else bytes. */
  readonly replyEncoding?: 'utf8';
  /** Put before whatever of the arguments is a key. */
  readonly keyPrefix?: string;
}

/** What becomes of a command: one of the two is called, once, later. A RedisError is the server's answer. */
export interface Receiver {
  answered(value: unknown, atMs: number): void;
  failed(error: Error): void;
}

export const asText: CommandFormat = Object.freeze({ replyEncoding: 'utf8' });
const asBytes: CommandFormat = Object.freeze({});
const keepAliveMs = 30_000;
const lost = 'the connection to Redis was lost';

/**
 * One connection of ioredis, signed in and known to answer. It serves until it is lost, and is never opened
 * again: neither it nor ioredis repeats a command.
 */
export class RedisConnection {
  /** Commands without an answer yet. */
  unanswered = 0;
  /** On performance.now()'s clock. */
  lastAnswerAtMs = 0;
  /** What is odd about it, although it serves. */
  warning: string | undefined;
  /** Resolves with the reason when it is lost; never rejects. */
  readonly closed: Promise<Error>;
  readonly #driver: Driver;
  readonly #Command: typeof CommandClass;
  #reason: Error | undefined;
  #destroyed = false;
  /** How many commands this turn of the event loop has sent. */
  #inTurn: 'no' | 'one' | 'several' = 'no';

  private constructor(driver: Driver, Command: typeof CommandClass) {
    this.#driver = driver;
    this.#Command = Command;
    driver.on('error', (error: NodeJS.ErrnoException) => {
      // An error of several addresses has no words of its own.
      const words = error.message || error.code || error.name;
      this.#reason ??= asRedisError(error) ?? new Error(words, { cause: error });
    });
    this.closed = new Promise((resolve) => {
      driver.once('end', () => resolve(this.#reason ?? new Error(lost)));
    });
  }

  /**
   * Connects, signs in and asks whether the server serves. Rejects when it does not, within
   * `connectTimeoutMs`, or at once when `signal` aborts; nothing is left then.
   */
  static async open(settings: RedisSettings, signal: AbortSignal): Promise<RedisConnection> {
    const { Redis, Command } = await import('ioredis');
    signal.throwIfAborted();
    const connection = new RedisConnection(new Redis(driverOptions(settings)), Command);
    const abort = () => connection.destroy(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const { connectTimeoutMs } = settings;
    const late = () => connection.destroy(new Error(`nobody answered in ${connectTimeoutMs} ms`));
    const timer = setTimeout(late, connectTimeoutMs);
    try {
      await connection.#connect(settings);
      await connection.#signIn(settings);
      return connection;
    } catch (error) {
      connection.destroy(error as Error);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Bytes that the network has not taken yet. */
  get unsentBytes(): number {
    return this.#driver.stream.writableLength;
  }

  /** Without a time limit. */
  send(name: string, args: CommandArgument[], format: CommandFormat | undefined, receiver: Receiver): void {
    this.unanswered += 1;
    const failed = (error: unknown) => this.#failed(error, receiver);
    const command = new this.#Command(name, args, format ?? asBytes);
    this.#beginCommand();
    try {
      (this.#driver.sendCommand(command) as Promise<unknown>).then((value) => {
        this.unanswered -= 1;
        this.lastAnswerAtMs = performance.now();
        receiver.answered(value, this.lastAnswerAtMs);
      }, failed);
    } catch (error) {
      // Nothing was written: an argument is no text, or longer than a text can be.
      command.promise.catch(() => {});
      queueMicrotask(() => failed(error));
    }
  }

  /** One command with a time limit of its own, past which the connection is given up. */
  ask(name: string, args: CommandArgument[], timeoutMs: number, format = asText): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new Error(`Redis did not answer ${name.toUpperCase()} in ${timeoutMs} ms`);
        reject(error);
        this.destroy(error);
      }, timeoutMs);
      const settle =
        <T>(finish: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          finish(value);
        };
      this.send(name, args, format, { answered: settle(resolve), failed: settle(reject) });
    });
  }

  /** What this turn of the event loop sends from now on goes out in one piece at its end. */
  gather(): void {
    if (this.#inTurn === 'several') return;
    if (this.#inTurn === 'no') process.nextTick(this.#endTurn);
    this.#inTurn = 'several';
    this.#driver.stream.cork();
  }

  /** A connection that is subscribed must not send other commands. */
  onMessage(listener: (channel: string, message: string) => void): void {
    this.#driver.on('message', listener);
  }

  /** At once; what has no answer fails. */
  destroy(reason: Error): void {
    this.#reason ??= reason;
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#driver.disconnect();
    this.#driver.stream?.destroy();
  }

  /**
   * The first command of a turn of the event loop goes out at once; those after it wait for the end of the turn
   * and go together: one system call for all of them, and no wait for a caller who is alone.
   */
  #beginCommand(): void {
    if (this.#inTurn === 'no') {
      this.#inTurn = 'one';
      process.nextTick(this.#endTurn);
    } else this.gather();
  }

  readonly #endTurn = () => {
    if (this.#inTurn === 'several') this.#driver.stream.uncork();
    this.#inTurn = 'no';
  };

  #failed(error: unknown, receiver: Receiver): void {
    this.unanswered -= 1;
    const answer = asRedisError(error);
    if (answer) this.lastAnswerAtMs = performance.now();
    receiver.failed(answer ?? this.#reason ?? new Error(lost, { cause: error }));
  }

  async #connect({ host, port }: RedisSettings): Promise<void> {
    try {
      await this.#driver.connect();
    } catch (error) {
      const why = this.#reason ?? (error as Error);
      throw new Error(`no connection to Redis at ${host}:${port}: ${why.message}`, { cause: why });
    }
  }

  /** One round trip; the answers are looked at in order, so that the first refusal is the one reported. */
  async #signIn(settings: RedisSettings): Promise<void> {
    const { username, password, database, probeKey, commandTimeoutMs } = settings;
    const ask = (name: string, ...args: CommandArgument[]) => this.ask(name, args, commandTimeoutMs);
    const credentials = username === undefined ? [] : [username];
    const answers = await Promise.allSettled([
      password !== undefined && ask('auth', ...credentials, password),
      database !== 0 && ask('select', database),
      ask('client', 'setname', 'qingyu'),
      ask('del', probeKey),
    ]);
    const [auth, select, , probe] = answers.map((answer) =>
      answer.status === 'rejected' ? (answer.reason as Error) : undefined,
    );
    if (auth && /without any password configured/.test(auth.message)) {
      this.warning = 'the server wants no password, although one is configured';
    } else if (auth) throw auth;
    if (select) throw select;
    if (probe && !(probe instanceof RedisError && !isNotReady(probe))) throw probe;
  }
}

/** ioredis only carries bytes here: it keeps no queue, repeats nothing, reconnects never. */
function driverOptions({ host, port, tlsSettings }: RedisSettings) {
  return {
    host,
    port,
    ...(tlsSettings && { tls: tlsSettings }),
    lazyConnect: true,
    protocol: 2 as const,
    connectTimeout: 0,
    keepAlive: keepAliveMs,
    enableReadyCheck: false,
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  } satisfies RedisOptions;
}
