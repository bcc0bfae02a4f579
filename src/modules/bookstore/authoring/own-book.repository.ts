import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { BookStatus } from '../bookstore.port.js';
import type { BookstoreTables } from '../bookstore.tables.js';

/** A book as its author sees it. */
export interface OwnBook {
  readonly id: string;
  readonly title: string;
  readonly authorName: string;
  readonly introduction: string;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  readonly status: BookStatus;
  readonly vipLibrary: boolean;
  /** Of published chapters. */
  readonly wordCount: number;
  readonly chapterCount: number;
  readonly draftCount: number;
  readonly scheduledCount: number;
  /** Undefined while no chapter is published or scheduled. */
  readonly publishedAt: Date | undefined;
  readonly lastChapterAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

function ownBooks(where: Queryable, now: Date) {
  return tables<BookstoreTables>(where)
    .selectFrom('books')
    .select([
      'id',
      'title',
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
      'created_at',
      'updated_at',
      'version',
    ])
    .select(({ selectFrom }) => {
      const count = selectFrom('chapters')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('book_id', '=', 'books.id');
      return [
        count.where('chapters.published_at', 'is', null).as('drafts'),
        count.where('chapters.published_at', '>', now).as('scheduled'),
      ];
    });
}

type OwnBookRow = Awaited<ReturnType<ReturnType<typeof ownBooks>['executeTakeFirstOrThrow']>>;

function toOwnBook(row: OwnBookRow): OwnBook {
  return {
    id: row.id,
    title: row.title,
    authorName: row.author_name,
    introduction: row.introduction,
    category: row.category ?? undefined,
    tags: row.tags,
    status: row.status as BookStatus,
    vipLibrary: row.vip_library,
    wordCount: row.word_count,
    chapterCount: row.chapter_count,
    draftCount: Number(row.drafts),
    scheduledCount: Number(row.scheduled),
    publishedAt: row.published_at ?? undefined,
    lastChapterAt: row.last_chapter_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

/** By id alone, for staff, or only when `authorId` owns it. */
export async function findOwnBook(
  where: Queryable,
  bookId: string,
  { authorId, now }: { authorId?: string; now: Date },
): Promise<OwnBook | undefined> {
  let query = ownBooks(where, now).where('id', '=', bookId);
  if (authorId !== undefined) query = query.where('author_id', '=', authorId);
  const row = await query.executeTakeFirst();
  return row && toOwnBook(row);
}

/** The newest first, behind the book with the id `after`. */
export async function listOwnBooks(
  where: Queryable,
  authorId: string,
  { after, limit, now }: { after: string | undefined; limit: number; now: Date },
): Promise<OwnBook[]> {
  let query = ownBooks(where, now).where('author_id', '=', authorId);
  if (after !== undefined) query = query.where('id', '<', after);
  return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toOwnBook);
}

export interface BookText {
  readonly title: string;
  readonly authorName: string;
  readonly introduction: string;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  readonly status: BookStatus;
}

const textColumns = ({ title, authorName, introduction, category, tags, status }: BookText) => ({
  ...{ title, author_name: authorName, introduction, category: category ?? null, tags: [...tags], status },
});

/** A book without chapters. */
export async function insertDraftBook(
  tx: Tx,
  book: BookText & { readonly id: string; readonly authorId: string },
  now: Date,
): Promise<void> {
  await tables<BookstoreTables>(tx)
    .insertInto('books')
    .values({
      ...textColumns(book),
      ...{ id: book.id, author_id: book.authorId, vip_library: false, word_count: 0, chapter_count: 0 },
      ...{ import_key: null, published_at: null, last_chapter_at: null, created_at: now, updated_at: now },
    })
    .execute();
}

/** Writes the text of a locked book and counts its version up. */
export async function updateBookText(tx: Tx, bookId: string, text: BookText, now: Date): Promise<void> {
  await tables<BookstoreTables>(tx)
    .updateTable('books')
    .set(({ eb }) => ({ ...textColumns(text), updated_at: now, version: eb('version', '+', 1) }))
    .where('id', '=', bookId)
    .execute();
}

export async function ownsBook(where: Queryable, bookId: string, authorId: string): Promise<boolean> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('books')
    .select('id')
    .where('id', '=', bookId)
    .where('author_id', '=', authorId)
    .executeTakeFirst();
  return row !== undefined;
}

/** Locks a book of this author for changes of it and of its chapters; false: it is not theirs. */
export async function lockOwnBook(tx: Tx, bookId: string, authorId: string): Promise<boolean> {
  const row = await tables<BookstoreTables>(tx)
    .selectFrom('books')
    .select('id')
    .where('id', '=', bookId)
    .where('author_id', '=', authorId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Locks any book; false: there is none. */
export async function lockBook(tx: Tx, bookId: string): Promise<boolean> {
  const row = await tables<BookstoreTables>(tx)
    .selectFrom('books')
    .select('id')
    .where('id', '=', bookId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Brings what a locked book says of its published chapters in line with them, as they are at `now`. */
export async function recountBook(tx: Tx, bookId: string, now: Date): Promise<void> {
  await sql`
    update books set word_count = counted.words, chapter_count = counted.chapters, published_at = counted.first_at,
      last_chapter_at = coalesce(counted.last_at, counted.first_at), updated_at = ${now}::timestamptz
    from (
      select coalesce(sum(word_count) filter (where published_at <= ${now}::timestamptz), 0) as words,
             count(*) filter (where published_at <= ${now}::timestamptz) as chapters,
             min(published_at) as first_at,
             max(published_at) filter (where published_at <= ${now}::timestamptz) as last_at
      from chapters where book_id = ${bookId}
    ) as counted
    where books.id = ${bookId}`.execute(tables(tx));
}
