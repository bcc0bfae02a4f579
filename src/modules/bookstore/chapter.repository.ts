import { type NotNull, type Selectable, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../platform/database/index.js';
import type { Chapter, ChapterOfBook, PublishedChapter } from './bookstore.port.js';
import type { BookstoreTables } from './bookstore.tables.js';

const chapterColumns = [
  'chapters.id',
  'chapters.book_id',
  'chapters.number',
  'chapters.volume',
  'chapters.title',
  'chapters.word_count',
  'chapters.access',
  'chapters.price_coins',
  'chapters.published_at',
  'chapters.version',
] as const;

type ChapterRow = Omit<
  Selectable<BookstoreTables['chapters']>,
  'created_at' | 'updated_at' | 'chosen_access' | 'chosen_price_coins' | 'offered_at' | 'announced_at'
>;

function toChapter(row: ChapterRow): Chapter {
  return {
    id: row.id,
    bookId: row.book_id,
    number: row.number,
    volume: row.volume ?? undefined,
    title: row.title,
    wordCount: row.word_count,
    access: row.access as Chapter['access'],
    priceCoins: row.price_coins,
    publishedAt: row.published_at ?? undefined,
    version: row.version,
  };
}

/** Published chapters of a book in reading order, from behind `afterNumber`. */
export async function listPublishedChapters(
  where: Queryable,
  bookId: string,
  page: { afterNumber: number; limit: number; now: Date },
): Promise<PublishedChapter[]> {
  const rows = await tables<BookstoreTables>(where)
    .selectFrom('chapters')
    .select(chapterColumns)
    .where('book_id', '=', bookId)
    .where('number', '>', page.afterNumber)
    .where('published_at', '<=', page.now)
    .orderBy('number')
    .limit(page.limit)
    .$narrowType<{ published_at: NotNull }>()
    .execute();
  return rows.map((row) => ({ ...toChapter(row), publishedAt: row.published_at }));
}

export async function findChapter(where: Queryable, id: string): Promise<ChapterOfBook | undefined> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('chapters')
    .innerJoin('books', 'books.id', 'chapters.book_id')
    .select(chapterColumns)
    .select(['books.title as book_title', 'books.author_id', 'books.author_name', 'books.vip_library'])
    .where('chapters.id', '=', id)
    .executeTakeFirst();
  if (!row) return undefined;
  const { book_title, author_id, author_name, vip_library } = row;
  const book = { title: book_title, authorId: author_id, authorName: author_name, vipLibrary: vip_library };
  return { ...toChapter(row), book };
}

export async function findChapterText(where: Queryable, id: string): Promise<string | undefined> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('chapter_texts')
    .select('text')
    .where('chapter_id', '=', id)
    .executeTakeFirst();
  return row?.text;
}

export async function findChapterBeginning(
  where: Queryable,
  id: string,
  characters: number,
): Promise<string | undefined> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('chapter_texts')
    .select(sql<string>`left(text, ${characters}::integer)`.as('beginning'))
    .where('chapter_id', '=', id)
    .executeTakeFirst();
  return row?.beginning;
}

export type NewChapter = Omit<Chapter, 'bookId' | 'publishedAt' | 'version'> & { readonly text: string };

/** Adds chapters to a book, two statements however many they are. */
export async function insertChapters(
  tx: Tx,
  bookId: string,
  chapters: readonly NewChapter[],
  now: Date,
): Promise<void> {
  const column = <K extends keyof NewChapter>(key: K) => chapters.map((chapter) => chapter[key] ?? null);
  const db = tables<BookstoreTables>(tx);
  await sql`
    insert into chapters (id, book_id, number, volume, title, word_count, access, price_coins,
                          published_at, created_at, updated_at)
    select id, ${bookId}::uuid, number, volume, title, word_count, access, price_coins,
           ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${column('id')}::uuid[], ${column('number')}::integer[], ${column('volume')}::text[],
                ${column('title')}::text[], ${column('wordCount')}::integer[], ${column('access')}::text[],
                ${column('priceCoins')}::integer[])
      as chapter (id, number, volume, title, word_count, access, price_coins)`.execute(db);
  await sql`
    insert into chapter_texts (chapter_id, text)
    select * from unnest(${column('id')}::uuid[], ${column('text')}::text[])`.execute(db);
}
