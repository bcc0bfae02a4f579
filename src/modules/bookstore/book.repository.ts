import { type NotNull, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../platform/database/index.js';
import type { BookFilter, BookPosition, BookSort } from './bookstore.domain.js';
import type { Book, BookStatus } from './bookstore.port.js';
import type { BookstoreTables } from './bookstore.tables.js';

const sortColumns = { updated: 'last_chapter_at', newest: 'published_at', words: 'word_count' } as const;

const bookColumns = [
  'id',
  'title',
  'author_id',
  'author_name',
  'introduction',
  'category',
  'tags',
  'status',
  'vip_library',
  'word_count',
  'chapter_count',
  'published_at',
  'last_chapter_at',
  'version',
] as const;

type BookRow = Pick<
  { [C in keyof BookstoreTables['books']]: BookstoreTables['books'][C] },
  Exclude<(typeof bookColumns)[number], 'published_at' | 'last_chapter_at' | 'version'>
> & { published_at: Date; last_chapter_at: Date; version: number };

/** A book has both moments or neither. */
interface Published {
  published_at: NotNull;
  last_chapter_at: NotNull;
}

function toBook(row: BookRow): Book {
  return {
    id: row.id,
    title: row.title,
    authorId: row.author_id,
    authorName: row.author_name,
    introduction: row.introduction,
    category: row.category ?? undefined,
    tags: row.tags,
    status: row.status as BookStatus,
    vipLibrary: row.vip_library,
    wordCount: row.word_count,
    chapterCount: row.chapter_count,
    publishedAt: row.published_at,
    lastChapterAt: row.last_chapter_at,
    version: row.version,
  };
}

/** Published, or going to be. */
export async function findBook(where: Queryable, id: string): Promise<Book | undefined> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('books')
    .select(bookColumns)
    .where('id', '=', id)
    .where('published_at', 'is not', null)
    .$narrowType<Published>()
    .executeTakeFirst();
  return row && toBook(row);
}

/** Those of them that are published or will be, in no order. */
export async function findBooks(where: Queryable, ids: readonly string[]): Promise<Book[]> {
  const rows = await tables<BookstoreTables>(where)
    .selectFrom('books')
    .select(bookColumns)
    .where('id', 'in', [...ids])
    .where('published_at', 'is not', null)
    .$narrowType<Published>()
    .execute();
  return rows.map(toBook);
}

/** Those with the latest chapters first. */
export async function listRecentBookIds(where: Queryable, limit: number): Promise<string[]> {
  const rows = await tables<BookstoreTables>(where)
    .selectFrom('books')
    .select('id')
    .where('published_at', 'is not', null)
    .orderBy('last_chapter_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Published books, the greatest sort key first, after `position`. */
export async function listPublishedBooks(
  where: Queryable,
  filter: BookFilter,
  page: { sort: BookSort; after: BookPosition | undefined; limit: number; now: Date },
): Promise<Book[]> {
  const column = sortColumns[page.sort];
  const { after } = page;
  let query = tables<BookstoreTables>(where)
    .selectFrom('books')
    .select(bookColumns)
    .where('published_at', '<=', page.now)
    .$narrowType<Published>();
  if (filter.category !== undefined) query = query.where('category', '=', filter.category);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  if (after) {
    const key = page.sort === 'words' ? sql`${after.key}::bigint` : sql`${after.key}::timestamptz`;
    query = query.where(sql<boolean>`(${sql.ref(column)}, id) < (${key}, ${after.id}::uuid)`);
  }
  const rows = await query.orderBy(column, 'desc').orderBy('id', 'desc').limit(page.limit).execute();
  return rows.map(toBook);
}

export interface NewBook {
  readonly id: string;
  readonly authorId: string;
  readonly authorName: string;
  readonly title: string;
  readonly introduction: string;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  readonly status: BookStatus;
  readonly wordCount: number;
  readonly chapterCount: number;
  readonly importKey: string;
}

/** False when the author has imported the same before; waits for a twin that is about to. */
export async function insertImportedBook(tx: Tx, book: NewBook, now: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<BookstoreTables>(tx)
    .insertInto('books')
    .values({
      id: book.id,
      author_id: book.authorId,
      author_name: book.authorName,
      title: book.title,
      introduction: book.introduction,
      category: book.category ?? null,
      tags: [...book.tags],
      status: book.status,
      vip_library: false,
      word_count: book.wordCount,
      chapter_count: book.chapterCount,
      import_key: book.importKey,
      published_at: now,
      last_chapter_at: now,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.constraint('books_import_unique').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findImportedBook(
  where: Queryable,
  authorId: string,
  importKey: string,
): Promise<{ id: string; title: string; chapterCount: number } | undefined> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('books')
    .select(['id', 'title', 'chapter_count'])
    .where('author_id', '=', authorId)
    .where('import_key', '=', importKey)
    .executeTakeFirst();
  return row && { id: row.id, title: row.title, chapterCount: row.chapter_count };
}

/** One cheap read of what the module stands on. */
export async function probeBooks(where: Queryable): Promise<void> {
  await tables<BookstoreTables>(where).selectFrom('books').select('id').limit(1).execute();
}
