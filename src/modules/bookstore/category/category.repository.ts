import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { BookstoreTables } from '../bookstore.tables.js';
import type { Category } from './category.js';

const columns = ['slug', 'name_zh as nameZh', 'name_en as nameEn', 'position', 'version'] as const;

/** All of them in the order readers see. */
export function listCategories(where: Queryable): Promise<Category[]> {
  return tables<BookstoreTables>(where)
    .selectFrom('categories')
    .select(columns)
    .orderBy('position')
    .orderBy('slug')
    .execute();
}

export async function categoryExists(where: Queryable, slug: string): Promise<boolean> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('categories')
    .select('slug')
    .where('slug', '=', slug)
    .executeTakeFirst();
  return row !== undefined;
}

/** Locks it until the transaction ends. */
export function lockCategory(tx: Tx, slug: string): Promise<Category | undefined> {
  return tables<BookstoreTables>(tx)
    .selectFrom('categories')
    .select(columns)
    .where('slug', '=', slug)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** False when the slug is taken; waits for a twin that is about to take it. */
export async function insertCategory(tx: Tx, category: Omit<Category, 'version'>): Promise<boolean> {
  const { slug, nameZh, nameEn, position } = category;
  const { numInsertedOrUpdatedRows } = await tables<BookstoreTables>(tx)
    .insertInto('categories')
    .values({ slug, name_zh: nameZh, name_en: nameEn, position })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function updateCategory(tx: Tx, category: Omit<Category, 'version'>): Promise<void> {
  const { slug, nameZh, nameEn, position } = category;
  await tables<BookstoreTables>(tx)
    .updateTable('categories')
    .set(({ eb }) => ({ name_zh: nameZh, name_en: nameEn, position, version: eb('version', '+', 1) }))
    .where('slug', '=', slug)
    .execute();
}
