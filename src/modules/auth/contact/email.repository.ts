import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';

/** Raises the engine's unique violation `users_email_unique`. The new address is not verified. */
export async function updateEmail(
  tx: Tx,
  userId: string,
  { email, emailKey }: { readonly email: string; readonly emailKey: string },
  now: Date,
): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('users')
    .set((query) => ({
      ...{ email, email_key: emailKey, email_verified_at: null, updated_at: now },
      version: query('version', '+', 1),
    }))
    .where('id', '=', userId)
    .execute();
}

/** Asked before a change, since a unique violation would end the transaction it is part of. */
export async function isEmailTaken(
  where: Queryable,
  emailKey: string,
  exceptUserId: string,
): Promise<boolean> {
  const row = await tables<AuthTables>(where)
    .selectFrom('users')
    .select('id')
    .where('email_key', '=', emailKey)
    .where('id', '<>', exceptUserId)
    .executeTakeFirst();
  return row !== undefined;
}

/** False: the user has another address by now, or this one is verified. */
export async function markEmailVerified(
  tx: Tx,
  userId: string,
  emailKey: string,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tables<AuthTables>(tx)
    .updateTable('users')
    .set((query) => ({ email_verified_at: now, updated_at: now, version: query('version', '+', 1) }))
    .where('id', '=', userId)
    .where('email_key', '=', emailKey)
    .where('email_verified_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
