import type { ColumnType } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';
import type { LinkPurpose } from './link-token.js';

type Moment = ColumnType<Date, Date, Date>;

interface LinkTables extends Pick<AuthTables, 'users'> {
  auth_links: {
    id: string;
    purpose: LinkPurpose;
    user_id: string | null;
    email: string | null;
    created_at: Moment;
    expires_at: Moment;
    spent_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
}

export interface NewLink {
  readonly id: string;
  readonly purpose: LinkPurpose;
  readonly userId: string | null;
  readonly email: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** A link that somebody can use, and whose it is. */
export interface Link {
  readonly id: string;
  readonly purpose: LinkPurpose;
  readonly userId: string;
  readonly username: string;
  readonly locale: string;
  readonly email: string | null;
  readonly expiresAt: Date;
}

export async function insertLink(tx: Tx, link: NewLink): Promise<void> {
  await tables<LinkTables>(tx)
    .insertInto('auth_links')
    .values({
      id: link.id,
      purpose: link.purpose,
      user_id: link.userId,
      email: link.email,
      created_at: link.createdAt,
      expires_at: link.expiresAt,
    })
    .execute();
}

/** Undefined: there is none, it is spent or over, or it is nobody's. */
export async function findLiveLink(where: Queryable, id: string, now: Date): Promise<Link | undefined> {
  return tables<LinkTables>(where)
    .selectFrom('auth_links')
    .innerJoin('users', 'users.id', 'auth_links.user_id')
    .select([
      'auth_links.id',
      'auth_links.purpose',
      'users.id as userId',
      'users.username',
      'users.locale',
      'auth_links.email',
      'auth_links.expires_at as expiresAt',
    ])
    .where('auth_links.id', '=', id)
    .where('auth_links.spent_at', 'is', null)
    .where('auth_links.expires_at', '>', now)
    .where('users.status', '<>', 'closed')
    .executeTakeFirst();
}

/** How many links of a purpose were made for a user after a moment, and when the first of them. */
export async function recentLinks(
  where: Queryable,
  userId: string,
  purpose: LinkPurpose,
  since: Date,
): Promise<{ count: number; first: Date | null }> {
  return tables<LinkTables>(where)
    .selectFrom('auth_links')
    .select((query) => [
      query.fn.countAll<number>().as('count'),
      query.fn.min<Date | null>('created_at').as('first'),
    ])
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('created_at', '>', since)
    .executeTakeFirstOrThrow();
}

/** Of many at once exactly one answers true; none from the moment of its end on. */
export async function spendLink(tx: Tx, id: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tables<LinkTables>(tx)
    .updateTable('auth_links')
    .set({ spent_at: now })
    .where('id', '=', id)
    .where('spent_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function voidLinks(
  tx: Tx,
  userId: string,
  purposes: readonly LinkPurpose[],
  now: Date,
): Promise<void> {
  await tables<LinkTables>(tx)
    .updateTable('auth_links')
    .set({ spent_at: now })
    .where('user_id', '=', userId)
    .where('purpose', 'in', purposes)
    .where('spent_at', 'is', null)
    .execute();
}

export async function deleteLinksOver(where: Queryable, before: Date, limit: number): Promise<number> {
  const over = tables<LinkTables>(where)
    .selectFrom('auth_links')
    .select('id')
    .where('expires_at', '<', before)
    .orderBy('expires_at')
    .limit(limit);
  const { numDeletedRows } = await tables<LinkTables>(where)
    .deleteFrom('auth_links')
    .where('id', 'in', over)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

export interface LinkRecord {
  readonly id: string;
  readonly purpose: LinkPurpose;
  readonly email: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly spentAt: Date | null;
}

/** The links of a user by id, after one. */
export async function listLinks(
  where: Queryable,
  userId: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<LinkRecord[]> {
  let query = tables<LinkTables>(where)
    .selectFrom('auth_links')
    .select([
      'id',
      'purpose',
      'email',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'spent_at as spentAt',
    ])
    .where('user_id', '=', userId);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.orderBy('id').limit(limit).execute();
}

export async function deleteLinksOf(tx: Tx, userId: string): Promise<void> {
  await tables<LinkTables>(tx).deleteFrom('auth_links').where('user_id', '=', userId).execute();
}
