import { sql } from 'kysely';
import { type Database, tables } from '../../../platform/database/index.js';
import type { BookstoreTables } from '../bookstore.tables.js';

export async function countRows(db: Database): Promise<{ books: number; chapters: number; texts: number }> {
  const count = async (table: keyof BookstoreTables) => {
    const row = await tables<BookstoreTables>(db)
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  };
  return {
    books: await count('books'),
    chapters: await count('chapters'),
    texts: await count('chapter_texts'),
  };
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
