import type { Logger } from '../logger/index.js';
import type { Redis } from '../redis/index.js';
import type { Change } from './cache.js';

export const channelName = 'cache:changes';

interface ChannelOptions {
  readonly redis: Redis;
  /** Of this process: its own messages come back to it. */
  readonly origin: string;
  readonly log: Logger;
  readonly onChange: (namespace: string, change: Change) => void;
  /** Messages may have been missed. */
  readonly onGap: () => void;
}

interface Message {
  readonly from: string;
  readonly namespace: string;
  readonly change: Change;
}

/** Tells the other processes, through Redis, what is no longer true. */
export class ChangeChannel {
  readonly #options: ChannelOptions;
  #unsubscribe: () => void = () => {};

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  start(): void {
    const { redis, onGap } = this.#options;
    this.#unsubscribe = redis.subscribe(channelName, (message) => this.#take(message), onGap);
  }

  stop(): void {
    this.#unsubscribe();
  }

  messageOf(namespace: string, change: Change): string {
    return JSON.stringify({ from: this.#options.origin, namespace, change } satisfies Message);
  }

  #take(text: string): void {
    const { origin, log, onChange, onGap } = this.#options;
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
      if (message.from !== origin) onChange(message.namespace, message.change);
    } catch (error) {
      // Another release may speak otherwise: whatever it said, look again.
      log.warn({ err: error }, 'a message about changes cannot be read');
      onGap();
    }
  }
}
