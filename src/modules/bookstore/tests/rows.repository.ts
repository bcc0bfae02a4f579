import { sql } from 'kysely';
import { type Database, tables } from '../../../platform/database/index.js';
import { newId } from '../../../platform/kernel/index.js';
import type { BookCache } from '../book-cache.js';
import type { BookstoreTables } from '../bookstore.tables.js';

const counted = {
  books: 'books',
  chapters: 'chapters',
  texts: 'chapter_texts',
  revisions: 'chapter_revisions',
  hours: 'book_views_hourly',
  days: 'book_views_daily',
} as const;

export async function countRows(db: Database): Promise<Record<keyof typeof counted, number>> {
  const counts: [string, number][] = [];
  for (const [name, table] of Object.entries(counted)) {
    const { rows } = await sql<{ count: string }>`select count(*) from ${sql.table(table)}`.execute(
      tables(db),
    );
    counts.push([name, Number(rows[0]?.count)]);
  }
  return Object.fromEntries(counts) as Record<keyof typeof counted, number>;
}

/** Moves everything of a book to another moment of publication. */
export async function publishAt(db: Database, bookId: string, moment: Date): Promise<void> {
  const builder = tables<BookstoreTables>(db);
  await builder.updateTable('books').set({ published_at: moment }).where('id', '=', bookId).execute();
  await builder.updateTable('chapters').set({ published_at: moment }).where('book_id', '=', bookId).execute();
}

/** Breaks what the module stands on. */
export async function closeShelves(db: Database): Promise<void> {
  await sql`alter table books rename to books_elsewhere`.execute(tables(db));
}

/** Repairs it. */
export async function openShelves(db: Database): Promise<void> {
  await sql`alter table books_elsewhere rename to books`.execute(tables(db));
}

interface BookOptions {
  readonly title: string;
  readonly authorId: string;
  readonly authorName?: string;
  readonly tags?: readonly string[];
  readonly introduction: string;
  readonly now: Date;
}

/** A book as an earlier release left it: on the shelf, but nothing is written down for searches. */
export async function insertBook(db: Database, book: BookOptions): Promise<string> {
  const { title, authorId, authorName = '陈一', tags = [], introduction, now } = book;
  const id = newId(now);
  await tables<BookstoreTables>(db)
    .insertInto('books')
    .values({
      ...{ id, author_id: authorId, author_name: authorName, title, introduction, tags: [...tags] },
      ...{ category: null, status: 'serialising', vip_library: false, word_count: 0, chapter_count: 0 },
      ...{ import_key: null, published_at: now, last_chapter_at: now, created_at: now, updated_at: now },
    })
    .execute();
  return id;
}

/** As a writer of books does it: the row, and the word that it has changed, in one transaction. */
export function retitle(db: Database, cache: BookCache, bookId: string, title: string): Promise<void> {
  return db.withTransaction({ name: 'retitle' }, async (tx) => {
    await tables<BookstoreTables>(tx).updateTable('books').set({ title }).where('id', '=', bookId).execute();
    await cache.changed(tx, [bookId]);
  });
}
