import type { Tx } from '../../../platform/database/index.js';
import { port } from '../../../platform/kernel/index.js';

/** Raises how many live sessions a user may have at once. */
export interface SessionLimit {
  /**
   * A whole number of at least 1; it counts where it is above `auth.session.limit`. `undefined` leaves it to that. Asked in
   * the transaction that opens a session, under the lock on the user's row, so it reads by key and waits for nothing.
   */
  limitOf(tx: Tx, userId: string): Promise<number | undefined>;
}

export const SessionLimit = port<SessionLimit>('auth.session-limit', {
  whenAbsent: { limitOf: async () => undefined },
});
