import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { ChapterAccess } from '../bookstore.domain.js';
import type { BookstoreTables } from '../bookstore.tables.js';
import type { ChapterContent } from './chapter-edit.domain.js';
import type { Place } from './order.domain.js';

/** A chapter as its author sees it, without its text. */
export interface OwnChapter {
  readonly id: string;
  readonly bookId: string;
  readonly number: number;
  readonly volume: string | undefined;
  readonly title: string;
  readonly wordCount: number;
  readonly access: ChapterAccess;
  readonly priceCoins: number;
  readonly chosenAccess: ChapterAccess | undefined;
  readonly chosenPriceCoins: number | undefined;
  /** Undefined: a draft; in the future: scheduled. */
  readonly publishedAt: Date | undefined;
  readonly offeredAt: Date | undefined;
  readonly announcedAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

export interface OwnChapterText extends OwnChapter {
  readonly text: string;
}

const columns = [
  'chapters.id',
  'book_id',
  'number',
  'volume',
  'title',
  'word_count',
  'access',
  'price_coins',
  'chosen_access',
  'chosen_price_coins',
  'published_at',
  'offered_at',
  'announced_at',
  'created_at',
  'updated_at',
  'version',
] as const;

function ownChapters(where: Queryable) {
  return tables<BookstoreTables>(where).selectFrom('chapters').select(columns);
}

type OwnChapterRow = Awaited<ReturnType<ReturnType<typeof ownChapters>['executeTakeFirstOrThrow']>>;

function toOwnChapter(row: OwnChapterRow): OwnChapter {
  return {
    id: row.id,
    bookId: row.book_id,
    number: row.number,
    volume: row.volume ?? undefined,
    title: row.title,
    wordCount: row.word_count,
    access: row.access as ChapterAccess,
    priceCoins: row.price_coins,
    chosenAccess: (row.chosen_access as ChapterAccess | null) ?? undefined,
    chosenPriceCoins: row.chosen_price_coins ?? undefined,
    publishedAt: row.published_at ?? undefined,
    offeredAt: row.offered_at ?? undefined,
    announcedAt: row.announced_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

/** All chapters of a book, drafts too, in order, from behind `afterNumber`. */
export async function listOwnChapters(
  where: Queryable,
  bookId: string,
  { afterNumber, limit }: { afterNumber: number; limit: number },
): Promise<OwnChapter[]> {
  const rows = await ownChapters(where)
    .where('book_id', '=', bookId)
    .where('number', '>', afterNumber)
    .orderBy('number')
    .limit(limit)
    .execute();
  return rows.map(toOwnChapter);
}

export async function findOwnChapter(
  where: Queryable,
  chapterId: string,
): Promise<OwnChapterText | undefined> {
  const row = await ownChapters(where)
    .innerJoin('chapter_texts', 'chapter_id', 'chapters.id')
    .select('text')
    .where('chapters.id', '=', chapterId)
    .executeTakeFirst();
  return row && { ...toOwnChapter(row), text: row.text };
}

/** Whose book the chapter is of. */
export async function findOwner(
  where: Queryable,
  chapterId: string,
): Promise<{ bookId: string; authorId: string } | undefined> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('chapters')
    .innerJoin('books', 'books.id', 'book_id')
    .select(['book_id', 'author_id'])
    .where('chapters.id', '=', chapterId)
    .executeTakeFirst();
  return row && { bookId: row.book_id, authorId: row.author_id };
}

/** The greatest number of a locked book; 0 without chapters. */
export async function lastNumber(tx: Tx, bookId: string): Promise<number> {
  const row = await tables<BookstoreTables>(tx)
    .selectFrom('chapters')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('book_id', '=', bookId)
    .executeTakeFirst();
  return row?.last ?? 0;
}

const contentColumns = (content: ChapterContent) => ({
  volume: content.volume ?? null,
  title: content.title,
  word_count: content.wordCount,
  access: content.access,
  price_coins: content.priceCoins,
  chosen_access: content.chosenAccess ?? null,
  chosen_price_coins: content.chosenPriceCoins ?? null,
});

export async function insertDraft(
  tx: Tx,
  chapter: ChapterContent & { readonly id: string; readonly bookId: string; readonly number: number },
  now: Date,
): Promise<void> {
  const { id, bookId, number, text } = chapter;
  const db = tables<BookstoreTables>(tx);
  await db
    .insertInto('chapters')
    .values({
      ...contentColumns(chapter),
      ...{ id, book_id: bookId, number, published_at: null, created_at: now, updated_at: now },
    })
    .execute();
  await db.insertInto('chapter_texts').values({ chapter_id: id, text }).execute();
}

/** Writes an edit of a chapter whose book is locked and counts its version up. */
export async function updateContent(
  tx: Tx,
  chapterId: string,
  content: ChapterContent,
  now: Date,
): Promise<void> {
  const db = tables<BookstoreTables>(tx);
  await db
    .updateTable('chapters')
    .set(({ eb }) => ({ ...contentColumns(content), updated_at: now, version: eb('version', '+', 1) }))
    .where('id', '=', chapterId)
    .execute();
  await db
    .updateTable('chapter_texts')
    .set({ text: content.text })
    .where('chapter_id', '=', chapterId)
    .where('text', '<>', content.text)
    .execute();
}

export interface Draft extends Place {
  readonly wordCount: number;
  readonly chosenAccess: ChapterAccess | undefined;
  readonly chosenPriceCoins: number | undefined;
}

/** The drafts of a book in order. */
export async function listDrafts(tx: Tx, bookId: string): Promise<Draft[]> {
  const rows = await tables<BookstoreTables>(tx)
    .selectFrom('chapters')
    .select(['id', 'number', 'word_count', 'chosen_access', 'chosen_price_coins'])
    .where('book_id', '=', bookId)
    .where('published_at', 'is', null)
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, number: row.number, wordCount: row.word_count },
    chosenAccess: (row.chosen_access as ChapterAccess | null) ?? undefined,
    chosenPriceCoins: row.chosen_price_coins ?? undefined,
  }));
}

export interface PlacedDraft extends Place {
  readonly access: ChapterAccess;
  readonly priceCoins: number;
}

/** One statement however many they are; that no number is there twice is looked at when it ends. */
export async function placeDrafts(tx: Tx, drafts: readonly PlacedDraft[]): Promise<void> {
  if (drafts.length === 0) return;
  const column = <K extends keyof PlacedDraft>(key: K) => drafts.map((draft) => draft[key]);
  await sql`
    update chapters set number = placed.number, access = placed.access, price_coins = placed.price_coins
    from unnest(${column('id')}::uuid[], ${column('number')}::integer[], ${column('access')}::text[],
                ${column('priceCoins')}::integer[]) as placed (id, number, access, price_coins)
    where chapters.id = placed.id`.execute(tables(tx));
}

export async function setPublication(
  tx: Tx,
  chapterId: string,
  { publishedAt, offeredAt, announcedAt }: Pick<OwnChapter, 'publishedAt' | 'offeredAt' | 'announcedAt'>,
): Promise<void> {
  await tables<BookstoreTables>(tx)
    .updateTable('chapters')
    .set({
      published_at: publishedAt ?? null,
      offered_at: offeredAt ?? null,
      announced_at: announcedAt ?? null,
    })
    .where('id', '=', chapterId)
    .execute();
}

export async function deleteChapter(tx: Tx, chapterId: string): Promise<void> {
  const db = tables<BookstoreTables>(tx);
  await db.deleteFrom('chapter_revisions').where('chapter_id', '=', chapterId).execute();
  await db.deleteFrom('chapter_texts').where('chapter_id', '=', chapterId).execute();
  await db.deleteFrom('chapters').where('id', '=', chapterId).execute();
}

/**
 * Deletes what an author never brought before readers: drafts that were never scheduled with their revisions, the
 * earlier texts of all chapters, and books without a chapter.
 */
export async function deleteUnpublished(tx: Tx, authorId: string): Promise<void> {
  const db = tables<BookstoreTables>(tx);
  // In the order of ids, as everybody locks them.
  await sql`select id from books where author_id = ${authorId} order by id for no key update`.execute(db);
  const own = sql`book_id in (select id from books where author_id = ${authorId})`;
  const unseen = sql`chapters.published_at is null and chapters.offered_at is null`;
  await sql`
    delete from chapter_revisions using chapters where chapter_id = chapters.id and ${own}`.execute(db);
  await sql`
    delete from chapter_texts using chapters where chapter_id = chapters.id and ${own} and ${unseen}`.execute(
    db,
  );
  await sql`delete from chapters where ${own} and ${unseen}`.execute(db);
  const empty = sql`author_id = ${authorId} and not exists (select from chapters where book_id = books.id)`;
  await sql`delete from book_search using books where book_id = books.id and ${empty}`.execute(db);
  await sql`delete from books where ${empty}`.execute(db);
}
