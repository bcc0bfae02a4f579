import type { Tx } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AuthChange } from './auth-change.js';
import { insertAuthChanges } from './auth-changes.repository.js';

/** Tells every instance what changed, with the change's own commit. */
export class AuthChanges {
  readonly #clock: Clock;
  readonly #listeners: ((changes: readonly AuthChange[]) => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Called in this process right after a commit, before whoever made the change is answered; must not throw. */
  onCommitted(listener: (changes: readonly AuthChange[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Part of the caller's transaction: other instances see it within a second of the commit, this one at once. */
  async record(tx: Tx, changes: readonly AuthChange[]): Promise<void> {
    if (changes.length === 0) return;
    await insertAuthChanges(tx, changes, this.#clock.now());
    tx.afterCommit(() => {
      for (const listener of this.#listeners) listener(changes);
    });
  }
}
