import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthorTier } from '../auth.port.js';
import type { AuthTables } from '../auth.tables.js';

export interface RoleChange {
  readonly added: readonly string[];
  readonly taken: readonly string[];
}

/** Gives and takes roles; an author has a tier and nobody else. The caller holds the user's row. */
export async function changeRoles(
  tx: Tx,
  userId: string,
  { added, taken }: RoleChange,
  now: Date,
): Promise<void> {
  const db = tables<AuthTables>(tx);
  if (taken.length > 0)
    await db.deleteFrom('user_roles').where('user_id', '=', userId).where('role', 'in', taken).execute();
  if (added.length > 0) {
    const rows = added.map((role) => ({ user_id: userId, role, granted_at: now }));
    await db.insertInto('user_roles').values(rows).execute();
  }
  await db
    .updateTable('users')
    .set(({ eb, fn, val }) => ({
      roles_revision: eb('roles_revision', '+', 1),
      version: eb('version', '+', 1),
      updated_at: now,
      ...(taken.includes('author') && { author_tier: null }),
      ...(added.includes('author') && { author_tier: fn.coalesce('author_tier', val('novice')) }),
    }))
    .where('id', '=', userId)
    .execute();
}

/** The caller holds the user's row. */
export async function setAuthorTier(tx: Tx, userId: string, tier: AuthorTier, now: Date): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('users')
    .set(({ eb }) => ({ author_tier: tier, version: eb('version', '+', 1), updated_at: now }))
    .where('id', '=', userId)
    .execute();
}

export function findRoles(where: Queryable, userId: string): Promise<{ role: string; grantedAt: Date }[]> {
  return tables<AuthTables>(where)
    .selectFrom('user_roles')
    .select(['role', 'granted_at as grantedAt'])
    .where('user_id', '=', userId)
    .orderBy('role')
    .execute();
}

export async function deleteRoles(tx: Tx, userId: string): Promise<void> {
  await tables<AuthTables>(tx).deleteFrom('user_roles').where('user_id', '=', userId).execute();
}

/**
 * Locks the admins beside a user who may sign in at `now`; answers how many. Of the last two who leave at once one waits for the
 * other, or is chosen to start again, and then finds itself alone.
 */
export async function lockOtherAdmins(tx: Tx, userId: string, now: Date): Promise<number> {
  const admins = await tables<AuthTables>(tx)
    .selectFrom('users')
    .select('id')
    .where('id', '<>', userId)
    .where(({ or, and, eb }) =>
      or([eb('status', '=', 'active'), and([eb('status', '=', 'banned'), eb('banned_until', '<=', now)])]),
    )
    .where('id', 'in', (query) =>
      query.selectFrom('user_roles').select('user_id').where('role', '=', 'admin'),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return admins.length;
}
