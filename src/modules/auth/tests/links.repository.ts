import { type Queryable, tables } from '../../../platform/database/index.js';

export async function countLinks(where: Queryable): Promise<number> {
  const row = await tables<{ auth_links: { id: string } }>(where)
    .selectFrom('auth_links')
    .select((query) => query.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}
