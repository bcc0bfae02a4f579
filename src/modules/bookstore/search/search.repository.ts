import { type SqlBool, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { BookFilter, BookPosition, BookSort } from '../bookstore.domain.js';
import type { BookstoreTables } from '../bookstore.tables.js';
import { type BookGrams, gramsOfBook, gramsVersion, searchKey } from './grams.domain.js';
import type { SearchTier } from './search-tier.js';

interface SearchTables extends BookstoreTables {
  book_search: {
    book_id: string;
    title_key: string;
    title_grams: number[];
    names_grams: number[];
    whole_grams: number[];
    grams_version: number;
    category: string | null;
    status: string;
    word_count: number;
    published_at: Date;
    last_chapter_at: Date;
  };
}

export interface SearchQuery extends BookFilter {
  readonly titleKey: string;
  /** Empty for a text without letters and digits, which may still be a whole title. */
  readonly grams: readonly number[];
  readonly now: Date;
}

const sortColumns = { updated: 'last_chapter_at', newest: 'published_at', words: 'word_count' } as const;

interface SearchPage {
  readonly sort: BookSort;
  readonly after: BookPosition | undefined;
  readonly limit: number;
}

/** Ids of published books of one tier, or of all tiers together, in the given order. */
export async function searchBookIds(
  where: Queryable,
  query: SearchQuery,
  { tier, sort, after, limit }: SearchPage & { readonly tier: SearchTier | undefined },
): Promise<string[]> {
  const column = sortColumns[sort];
  let rows = tables<SearchTables>(where)
    .selectFrom('book_search')
    .select('book_id')
    .where(matches(query, tier))
    .where('published_at', '<=', query.now);
  if (query.category !== undefined) rows = rows.where('category', '=', query.category);
  if (query.status !== undefined) rows = rows.where('status', '=', query.status);
  if (after) {
    const key = sort === 'words' ? sql`${after.key}::bigint` : sql`${after.key}::timestamptz`;
    rows = rows.where(sql<boolean>`(${sql.ref(column)}, book_id) < (${key}, ${after.id}::uuid)`);
  }
  const found = await rows.orderBy(column, 'desc').orderBy('book_id', 'desc').limit(limit).execute();
  return found.map(({ book_id }) => book_id);
}

function matches({ titleKey, grams }: SearchQuery, tier: SearchTier | undefined) {
  const wanted = sql`${[...grams]}::integer[]`;
  const isTitle = sql<SqlBool>`title_key = ${titleKey}`;
  if (grams.length === 0) return tier === undefined || tier === 'exact-title' ? isTitle : sql<SqlBool>`false`;
  switch (tier) {
    case 'exact-title':
      return isTitle;
    case 'title':
      return sql<SqlBool>`title_grams @> ${wanted} and title_key <> ${titleKey}`;
    case 'names':
      return sql<SqlBool>`names_grams @> ${wanted} and not title_grams @> ${wanted}`;
    case 'whole':
      return sql<SqlBool>`whole_grams @> ${wanted} and not names_grams @> ${wanted}`;
    default:
      return sql<SqlBool>`whole_grams @> ${wanted}`;
  }
}

/** Writes what a book is found by, from its row as the transaction sees it. */
export async function indexBook(tx: Tx, bookId: string): Promise<void> {
  const book = await tables<SearchTables>(tx)
    .selectFrom('books')
    .select(['title', 'author_name', 'tags', 'introduction'])
    .where('id', '=', bookId)
    .executeTakeFirst();
  if (!book) return;
  const { title, author_name: authorName, tags, introduction } = book;
  await writeGrams(tx, bookId, searchKey(title), gramsOfBook({ title, authorName, tags, introduction }));
}

async function writeGrams(tx: Tx, bookId: string, titleKey: string, grams: BookGrams): Promise<void> {
  await sql`
    insert into book_search (book_id, title_key, title_grams, names_grams, whole_grams, grams_version,
                             category, status, word_count, published_at, last_chapter_at)
    select id, ${titleKey}, ${[...grams.title]}::integer[], ${[...grams.names]}::integer[],
           ${[...grams.whole]}::integer[], ${gramsVersion}, category, status, word_count, published_at, last_chapter_at
    from books where id = ${bookId}
    on conflict (book_id) do update set title_key = excluded.title_key, title_grams = excluded.title_grams,
      names_grams = excluded.names_grams, whole_grams = excluded.whole_grams,
      grams_version = excluded.grams_version`.execute(tables(tx));
}

/** Books that were written before there was an index, or indexed by other rules; the smallest ids first. */
export async function findUnindexedBooks(
  where: Queryable,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<string[]> {
  let query = tables<SearchTables>(where)
    .selectFrom('books')
    .leftJoin('book_search', 'book_search.book_id', 'books.id')
    .select('books.id')
    .where(({ or, eb }) => or([eb('grams_version', 'is', null), eb('grams_version', '<>', gramsVersion)]));
  if (after !== undefined) query = query.where('books.id', '>', after);
  const rows = await query.orderBy('books.id').limit(limit).execute();
  return rows.map(({ id }) => id);
}
