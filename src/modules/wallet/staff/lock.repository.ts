import { type Tx, tables } from '../../../platform/database/index.js';
import type { LedgerTables } from '../ledger/ledger.tables.js';

/** The purses are locked by the caller. */
export async function setWalletLocked(tx: Tx, userId: string, locked: boolean): Promise<void> {
  await tables<LedgerTables>(tx)
    .updateTable('ledger_accounts')
    .set({ locked })
    .where('user_id', '=', userId)
    .execute();
}
