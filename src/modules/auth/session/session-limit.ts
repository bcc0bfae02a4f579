import type { Tx } from '../../../platform/database/index.js';
import { port } from '../../../platform/kernel/index.js';

/** How many live sessions a user may have at once. */
export interface SessionLimit {
  /**
   * At least 1; `undefined` leaves it to the configuration (`auth.session.limit`). Asked in the transaction that opens a
   * session, under the lock on the user's row, so it reads by key and waits for nothing.
   */
  limitOf(tx: Tx, userId: string): Promise<number | undefined>;
}

export const SessionLimit = port<SessionLimit>('auth.session-limit', {
  whenAbsent: { limitOf: async () => undefined },
});
