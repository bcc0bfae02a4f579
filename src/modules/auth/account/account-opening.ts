import type { Tx } from '../../../platform/database/index.js';
import { port } from '../../../platform/kernel/index.js';

/** What another part keeps for each user from the first moment on. */
export interface AccountOpening {
  /** Called in the transaction that makes the user, after its row: what fails here leaves no user behind. */
  opened(tx: Tx, userId: string): Promise<void>;
}

export const AccountOpening = port<AccountOpening>('auth.account-opening', {
  whenAbsent: { opened: async () => {} },
});
