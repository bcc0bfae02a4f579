import { type RawBuilder, sql } from 'kysely';
import { type Database, tables } from '../../../platform/database/index.js';
import type { AccountStatus, AuthorTier } from '../auth.port.js';

export interface UserFilter {
  /** In ASCII lower case; no characters are special. */
  readonly prefix?: string | undefined;
  /** Whether the prefix may be one of an e-mail address. */
  readonly byEmail: boolean;
  readonly role?: string | undefined;
  readonly status?: AccountStatus | undefined;
  readonly authorTier?: AuthorTier | undefined;
}

export interface UserPage {
  readonly now: Date;
  readonly limit: number;
  readonly beforeId: string | undefined;
}

type Condition = RawBuilder<unknown>;

/** No character sorts after it. */
const lastCharacter = '\u{10ffff}';

/**
 * Ids of the users who fit, newest first. Without a prefix each filter is an index by id that is read backwards; with one
 * those who fit the prefix are found by index and sorted, so it costs as much as there are of them.
 */
export async function searchUserIds(db: Database, filter: UserFilter, page: UserPage): Promise<string[]> {
  const { from, id } = sourceOf(filter);
  const always = conditionsOf(filter, page, id);
  const searches = filter.prefix === undefined ? [sql`true`] : prefixesOf(filter.prefix, filter.byEmail);
  const found = searches.map(
    (search) => sql`select ${id} as id from ${from} where ${sql.join([...always, search], sql` and `)}`,
  );
  const { rows } = await sql<{ id: string }>`
    ${sql.join(found, sql` union `)} order by id desc limit ${page.limit}`.execute(tables(db));
  return rows.map(({ id: userId }) => userId);
}

/**
 * The holders of a role are read in their own order, each with its user: left to itself the planner may walk all users
 * instead. Those who fit a prefix are few, so they come first.
 */
function sourceOf({ role, prefix }: UserFilter): { from: Condition; id: Condition } {
  if (role === undefined) return { from: sql`users u`, id: sql`u.id` };
  const users =
    prefix === undefined
      ? sql`cross join lateral (select * from users where id = r.user_id offset 0) u`
      : sql`join users u on u.id = r.user_id`;
  return { from: sql`(select user_id from user_roles where role = ${role}) r ${users}`, id: sql`r.user_id` };
}

function conditionsOf(
  { status, authorTier }: UserFilter,
  { now, beforeId }: UserPage,
  id: Condition,
): Condition[] {
  return [
    sql`true`,
    ...(beforeId === undefined ? [] : [sql`${id} < ${beforeId}`]),
    ...(status === undefined ? [] : [hasStatus(status, now)]),
    ...(authorTier === undefined ? [] : [sql`u.author_tier = ${authorTier}`]),
  ];
}

/** As `statusAt` has it. The states are literals, so that prepared statements can use the partial index. */
function hasStatus(status: AccountStatus, now: Date): Condition {
  switch (status) {
    case 'active':
      return sql`(u.status = 'active' or (u.status = 'banned' and u.banned_until <= ${now}))`;
    case 'banned':
      return sql`u.status = 'banned' and (u.banned_until is null or u.banned_until > ${now})`;
    case 'closed':
      return sql`u.status = 'closed'`;
  }
}

/** Ranges, which an index serves whatever the parameter, where `like` needs to know it. */
function prefixesOf(prefix: string, byEmail: boolean): Condition[] {
  const end = prefix + lastCharacter;
  const begins = (column: RawBuilder<unknown>) => sql`${column} ~>=~ ${prefix} and ${column} ~<~ ${end}`;
  return [
    begins(sql`u.username_key`),
    begins(sql`lower(u.nickname collate "C")`),
    ...(byEmail ? [begins(sql`u.email_key`)] : []),
  ];
}
