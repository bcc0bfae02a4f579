import { type ColumnType, type Generated, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';

interface RoleTables extends Pick<AuthTables, 'user_roles'> {
  custom_roles: {
    name: string;
    title: string;
    permissions: string[];
    version: Generated<number>;
    created_at: ColumnType<Date, Date, never>;
    updated_at: ColumnType<Date, Date, Date>;
  };
}

export interface CustomRole {
  readonly name: string;
  readonly title: string;
  readonly permissions: readonly string[];
  readonly version: number;
}

/** What the custom roles of the row's user permit, as one JSON array, read in the statement that reads the row. */
export const customPermissionsOfUser = sql<string[]>`coalesce(
  (select jsonb_agg(distinct p) from user_roles r join custom_roles c on c.name = r.role
     cross join unnest(c.permissions) p where r.user_id = users.id), '[]'::jsonb)`.as('customPermissions');

const columns = ['name', 'title', 'permissions', 'version'] as const;

/** By name, at most `limit`, after a name. */
export async function listCustomRoles(
  where: Queryable,
  { after = '', limit }: { after: string | undefined; limit: number },
): Promise<CustomRole[]> {
  // Names are ASCII: sorted as bytes, like the application sorts them, whatever the locale of the database.
  return tables<RoleTables>(where)
    .selectFrom('custom_roles')
    .select(columns)
    .where(sql<boolean>`name collate "C" > ${after}`)
    .orderBy(sql`name collate "C"`)
    .limit(limit)
    .execute();
}

export function lockCustomRole(tx: Tx, name: string): Promise<CustomRole | undefined> {
  return tables<RoleTables>(tx)
    .selectFrom('custom_roles')
    .select(columns)
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
}

/** Those of `names` that are custom roles; they stay as they are until the transaction ends. */
export function holdCustomRoles(tx: Tx, names: readonly string[]): Promise<CustomRole[]> {
  if (names.length === 0) return Promise.resolve([]);
  return tables<RoleTables>(tx)
    .selectFrom('custom_roles')
    .select(columns)
    .where('name', 'in', names)
    .orderBy('name')
    .forShare()
    .execute();
}

/** What the custom roles among `names` permit. */
export async function findCustomPermissions(where: Queryable, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await tables<RoleTables>(where)
    .selectFrom('custom_roles')
    .select('permissions')
    .where('name', 'in', names)
    .execute();
  return rows.flatMap(({ permissions }) => permissions);
}

type RoleRow = Pick<CustomRole, 'name' | 'title' | 'permissions'>;

/** False: the name is taken. */
export async function insertCustomRole(tx: Tx, role: RoleRow, now: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<RoleTables>(tx)
    .insertInto('custom_roles')
    .values({ ...role, permissions: [...role.permissions], created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function updateCustomRole(tx: Tx, role: RoleRow, now: Date): Promise<void> {
  await tables<RoleTables>(tx)
    .updateTable('custom_roles')
    .set(({ eb }) => ({
      title: role.title,
      permissions: [...role.permissions],
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('name', '=', role.name)
    .execute();
}

export async function deleteCustomRole(tx: Tx, name: string): Promise<void> {
  await tables<RoleTables>(tx).deleteFrom('custom_roles').where('name', '=', name).execute();
}

/** How many users hold a role, counted up to `max`. */
export async function countHolders(where: Queryable, role: string, max: number): Promise<number> {
  const { count } = await tables<RoleTables>(where)
    .selectFrom((query) =>
      query.selectFrom('user_roles').select('user_id').where('role', '=', role).limit(max).as('holders'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}
