import { type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';

/** The caller holds the lock on the user's row. */
export async function updatePasswordHash(
  tx: Tx,
  userId: string,
  passwordHash: string,
  now: Date,
): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('users')
    .set({ password_hash: passwordHash, password_changed_at: now, updated_at: now })
    .where('id', '=', userId)
    .execute();
}
