import type { Redis } from '../../../platform/redis/index.js';
import type { AuthChanges } from './auth-changes.js';

const channel = 'auth-changes';

/**
 * Lets instances look at once when one of them committed something. A message says nothing else and is never believed:
 * lost or forged, it changes nothing but the moment of a look.
 */
export class ChangeHints {
  readonly #redis: Redis;
  #unsubscribe: () => void = () => {};

  constructor(redis: Redis, changes: AuthChanges) {
    this.#redis = redis;
    changes.onCommitted(() => void redis.publish(channel, ''));
  }

  /** Calls `look` at each message, and where some may have been missed. */
  start(look: () => void): void {
    this.#unsubscribe = this.#redis.subscribe(channel, look, look);
  }

  stop(): void {
    this.#unsubscribe();
  }
}
