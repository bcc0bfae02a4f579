import type { Tx } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AuthChange } from './auth-change.js';
import { insertAuthChanges } from './auth-changes.repository.js';

type Listener = (changes: readonly AuthChange[]) => void;

/** Tells every instance what changed, with the change's own commit. */
export class AuthChanges {
  readonly #clock: Clock;
  readonly #onRecorded: Listener[] = [];
  readonly #onCommitted: Listener[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Called in this process right after a commit, before whoever made the change is answered; must not throw. */
  onCommitted(listener: Listener): void {
    this.#onCommitted.push(listener);
  }

  /**
   * Called in this process when a change is written, before its commit, which may fail, be repeated, or happen without
   * anybody here learning of it: then this is all that is heard until the tail brings it. Must not throw.
   */
  onRecorded(listener: Listener): void {
    this.#onRecorded.push(listener);
  }

  /** Part of the caller's transaction: other instances see it within a second of the commit, this one at once. */
  async record(tx: Tx, changes: readonly AuthChange[]): Promise<void> {
    if (changes.length === 0) return;
    await insertAuthChanges(tx, changes, this.#clock.now());
    for (const listener of this.#onRecorded) listener(changes);
    tx.afterCommit(() => {
      for (const listener of this.#onCommitted) listener(changes);
    });
  }
}
