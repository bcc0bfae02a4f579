import { type SelectQueryBuilder, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { Account, AccountStatus, AuthorTier, RoleName } from '../auth.port.js';
import type { AuthTables } from '../auth.tables.js';
import type { LoginKey } from './account.domain.js';

export interface Credentials {
  readonly account: Account;
  readonly passwordHash: string;
}

export interface NewAccountRow {
  readonly id: string;
  readonly username: string;
  readonly usernameKey: string;
  readonly email: string | null;
  readonly emailKey: string | null;
  readonly passwordHash: string;
  readonly locale: string;
  readonly now: Date;
}

const accountColumns = [
  'users.id',
  'users.username',
  'users.email',
  'users.email_verified_at',
  'users.nickname',
  'users.locale',
  'users.status',
  'users.banned_until',
  'users.ban_reason',
  'users.roles_revision',
  'users.author_tier',
  'users.version',
  'users.created_at',
] as const;

/** The roles of the row's user as one JSON array: a second query would see another moment. */
export const rolesOfUser = sql<string[]>`coalesce(
  (select jsonb_agg(r.role order by r.role) from user_roles r where r.user_id = users.id), '[]'::jsonb)`.as(
  'roles',
);

interface AccountRow {
  id: string;
  username: string;
  email: string | null;
  email_verified_at: Date | null;
  nickname: string;
  locale: string;
  status: string;
  banned_until: Date | null;
  ban_reason: string | null;
  roles_revision: number;
  author_tier: string | null;
  version: number;
  created_at: Date;
  roles: string[];
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    username: row.username,
    email: row.email ?? undefined,
    emailVerified: row.email_verified_at !== null,
    nickname: row.nickname,
    locale: row.locale,
    status: row.status as AccountStatus,
    bannedUntil: row.banned_until,
    banReason: row.ban_reason,
    roles: row.roles,
    rolesRevision: row.roles_revision,
    authorTier: (row.author_tier ?? undefined) as AuthorTier | undefined,
    version: row.version,
    createdAt: row.created_at,
  };
}

function accounts(where: Queryable) {
  return tables<AuthTables>(where).selectFrom('users').select(accountColumns).select(rolesOfUser);
}

function withLogin<O>(query: SelectQueryBuilder<AuthTables, 'users', O>, login: LoginKey) {
  return query.where(login.kind === 'email' ? 'users.email_key' : 'users.username_key', '=', login.key);
}

export async function findAccount(where: Queryable, userId: string): Promise<Account | undefined> {
  const row = await accounts(where).where('users.id', '=', userId).executeTakeFirst();
  return row && toAccount(row);
}

/** Those of the ids that are users, newest first. */
export async function findAccounts(where: Queryable, userIds: readonly string[]): Promise<Account[]> {
  if (userIds.length === 0) return [];
  const rows = await accounts(where).where('users.id', 'in', userIds).orderBy('users.id', 'desc').execute();
  return rows.map(toAccount);
}

export async function findAccountByLogin(where: Queryable, login: LoginKey): Promise<Account | undefined> {
  const row = await withLogin(accounts(where), login).executeTakeFirst();
  return row && toAccount(row);
}

export async function findCredentials(where: Queryable, login: LoginKey): Promise<Credentials | undefined> {
  const row = await withLogin(accounts(where).select('users.password_hash'), login).executeTakeFirst();
  return row && { account: toAccount(row), passwordHash: row.password_hash };
}

export async function findCredentialsById(
  where: Queryable,
  userId: string,
): Promise<Credentials | undefined> {
  const row = await accounts(where)
    .select('users.password_hash')
    .where('users.id', '=', userId)
    .executeTakeFirst();
  return row && { account: toAccount(row), passwordHash: row.password_hash };
}

/** Locks the user's row against other sign-ins; inserts with a foreign key to it go on. */
export async function lockCredentials(tx: Tx, userId: string): Promise<Credentials | undefined> {
  const row = await accounts(tx)
    .select('users.password_hash')
    .where('users.id', '=', userId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row && { account: toAccount(row), passwordHash: row.password_hash };
}

/**
 * Locks the rows of those users who exist, in the order of their ids. What hangs on them (roles) is read by a later
 * statement: one that waited for a lock sees the locked row as it is, but everything else as it was.
 */
export async function lockUsers(tx: Tx, userIds: readonly string[]): Promise<void> {
  await tables<AuthTables>(tx)
    .selectFrom('users')
    .select('id')
    .where('id', 'in', userIds)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

/** Another hash of the same password, unless the password changed meanwhile. */
export async function replacePasswordHash(
  tx: Tx,
  userId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('users')
    .set({ password_hash: to })
    .where('id', '=', userId)
    .where('password_hash', '=', from)
    .execute();
}

/** Raises the engine's unique violation `users_username_unique` or `users_email_unique`. */
export async function insertAccount(tx: Tx, row: NewAccountRow, roles: readonly RoleName[]): Promise<void> {
  const db = tables<AuthTables>(tx);
  await db
    .insertInto('users')
    .values({
      id: row.id,
      username: row.username,
      username_key: row.usernameKey,
      email: row.email,
      email_key: row.emailKey,
      password_hash: row.passwordHash,
      password_changed_at: row.now,
      nickname: row.username,
      locale: row.locale,
      status: 'active',
      author_tier: roles.includes('author') ? 'novice' : null,
      created_at: row.now,
      updated_at: row.now,
    })
    .execute();
  await db
    .insertInto('user_roles')
    .values(roles.map((role) => ({ user_id: row.id, role, granted_at: row.now })))
    .execute();
}

/** False when the user holds the role already or does not exist. */
export async function insertRole(tx: Tx, userId: string, role: RoleName, now: Date): Promise<boolean> {
  const db = tables<AuthTables>(tx);
  const user = await db
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!user) return false;
  const added = await db
    .insertInto('user_roles')
    .values({ user_id: userId, role, granted_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows !== 1n) return false;
  await db
    .updateTable('users')
    .set((query) => ({
      roles_revision: query('roles_revision', '+', 1),
      version: query('version', '+', 1),
      ...(role === 'author' && { author_tier: query.fn.coalesce('author_tier', query.val('novice')) }),
    }))
    .where('id', '=', userId)
    .execute();
  return true;
}

/** The caller holds the user's row. */
export async function updateProfile(
  tx: Tx,
  userId: string,
  profile: { readonly nickname: string; readonly locale: string },
  now: Date,
): Promise<void> {
  await tables<AuthTables>(tx)
    .updateTable('users')
    .set(({ eb }) => ({ ...profile, version: eb('version', '+', 1), updated_at: now }))
    .where('id', '=', userId)
    .execute();
}

export async function countAccounts(where: Queryable): Promise<number> {
  const row = await tables<AuthTables>(where)
    .selectFrom('users')
    .select((query) => query.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}
