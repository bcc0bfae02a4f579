import type { Logger } from '../logger/index.js';
import type { RedisConnection } from './redis-connection.js';
import { explain, RedisError } from './redis-error.js';
import type { RedisLink } from './redis-link.js';

interface Subscription {
  readonly channel: string;
  readonly listener: (message: string) => void;
  readonly onGap: (() => void) | undefined;
  /** The connection on which the server confirmed it. */
  confirmedOn: RedisConnection | undefined;
}

interface SubscriptionsOptions {
  readonly link: RedisLink;
  readonly commandTimeoutMs: number;
  readonly log: Logger;
}

/** How often a quiet connection is asked whether it still lives, in command time limits. */
const lookEvery = 2;

/**
 * Who listens to which channel, on a connection that is opened by the first of them. After each reconnect all
 * channels are subscribed again, and whoever wants to know is told that messages may have been missed.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #byChannel = new Map<string, Set<Subscription>>();
  #open = false;
  #started = false;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Why messages do not come although somebody listens; undefined while they do. */
  get failure(): Error | undefined {
    const { link } = this.#options;
    return this.#byChannel.size > 0 && link.connection === undefined ? link.failure : undefined;
  }

  subscribe(channel: string, listener: (message: string) => void, onGap?: () => void): () => void {
    const subscription: Subscription = { channel, listener, onGap, confirmedOn: undefined };
    const others = this.#byChannel.get(channel);
    if (others) others.add(subscription);
    else this.#byChannel.set(channel, new Set([subscription]));
    const { connection } = this.#options.link;
    if (connection) this.#ask(connection, channel);
    else this.#connect();
    return () => this.#unsubscribe(subscription);
  }

  /** From now on the first listener opens the connection. */
  start(): void {
    this.#open = true;
    if (this.#byChannel.size > 0) this.#connect();
  }

  /** For the link: makes a new connection the one that messages come from. */
  adopt(connection: RedisConnection): void {
    connection.onMessage((channel, message) => this.#deliver(channel, message));
    for (const channel of this.#byChannel.keys()) this.#ask(connection, channel);
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(
      () => this.#look(connection),
      lookEvery * this.#options.commandTimeoutMs,
    ).unref();
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#started = false;
    clearInterval(this.#heartbeat);
    this.#byChannel.clear();
    await this.#options.link.close();
  }

  #connect(): void {
    if (this.#started || !this.#open) return;
    this.#started = true;
    void this.#options.link.start();
  }

  #ask(connection: RedisConnection, channel: string): void {
    connection.ask('subscribe', [channel], this.#options.commandTimeoutMs).then(
      () => {
        for (const subscription of this.#byChannel.get(channel) ?? []) {
          if (subscription.confirmedOn === connection) continue;
          subscription.confirmedOn = connection;
          if (subscription.onGap) this.#call(channel, subscription.onGap);
        }
      },
      (error: Error) => {
        // Anything else is the end of the connection, and the next one asks again.
        if (!(error instanceof RedisError)) return;
        this.#options.log.error({ channel, reason: explain(error) }, 'no messages of this channel');
      },
    );
  }

  #unsubscribe(subscription: Subscription): void {
    const { channel } = subscription;
    const others = this.#byChannel.get(channel);
    others?.delete(subscription);
    if (others?.size !== 0) return;
    this.#byChannel.delete(channel);
    const { link, commandTimeoutMs } = this.#options;
    link.connection?.ask('unsubscribe', [channel], commandTimeoutMs).catch(() => {});
  }

  #deliver(channel: string, message: string): void {
    for (const { listener } of this.#byChannel.get(channel) ?? []) {
      this.#call(channel, () => listener(message));
    }
  }

  /** One listener that throws must not keep the message from the others. */
  #call(channel: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log.error({ channel, err: error }, 'a listener of this channel failed');
    }
  }

  /** A connection on which nothing has to happen may be dead without a word. */
  #look(connection: RedisConnection): void {
    const { link, commandTimeoutMs } = this.#options;
    if (link.connection !== connection) return;
    connection.ask('ping', [], commandTimeoutMs).catch(() => {});
  }
}
