import { type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';

/** What is left of a closed account: an id, and names that are nobody's. */
export interface ClosedAccount {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly now: Date;
}

/** Empties the user's row; the id stays, since books and the ledger name it. */
export async function emptyAccount(
  tx: Tx,
  { id, username, passwordHash, now }: ClosedAccount,
): Promise<void> {
  const db = tables<AuthTables>(tx);
  await db
    .updateTable('users')
    .set((query) => ({
      ...{ username, username_key: username, nickname: username, password_hash: passwordHash },
      ...{ email: null, email_key: null, email_verified_at: null, author_tier: null },
      ...{ status: 'closed', banned_until: null, ban_reason: null },
      ...{ version: query('version', '+', 1), updated_at: now },
    }))
    .where('id', '=', id)
    .execute();
  await db.deleteFrom('user_roles').where('user_id', '=', id).execute();
}

/** Takes devices and addresses off the user's sessions, ended ones too. */
export async function stripSessions(tx: Tx, userId: string): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('sessions')
    .set({ device_id: null, device_name: null, address: null, ended_by_device: null })
    .where('user_id', '=', userId)
    .execute();
}
