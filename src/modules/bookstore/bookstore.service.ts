import type { Database } from '../../platform/database/index.js';
import { type BaseService, type Clock, type Health, healthy } from '../../platform/kernel/index.js';
import { listPublishedBooks, probeBooks } from './book.repository.js';
import type { BookCache } from './book-cache.js';
import type { BookFilter, BookPosition, BookSort } from './bookstore.domain.js';
import { bookstoreErrors } from './bookstore.errors.js';
import type { Book, Books, ChapterOfBook, PublishedChapter } from './bookstore.port.js';
import { findChapterBeginning, findChapterText, listPublishedChapters } from './chapter.repository.js';

/** Reading the shelves: what readers see, and the `Books` port for other modules. */
export class BookstoreService implements BaseService, Books {
  readonly name = 'bookstore';
  readonly version = '1.0.0';
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #cache: BookCache;

  constructor({ db, clock, cache }: { db: Database; clock: Clock; cache: BookCache }) {
    this.#db = db;
    this.#clock = clock;
    this.#cache = cache;
  }

  initialize(): Promise<void> {
    return probeBooks(this.#db);
  }

  async health(): Promise<Health> {
    await probeBooks(this.#db);
    return healthy;
  }

  /** Nothing runs by itself: imports are requests, and those end before services close. */
  async close(): Promise<void> {}

  list(
    filter: BookFilter,
    page: { sort: BookSort; after: BookPosition | undefined; limit: number },
  ): Promise<Book[]> {
    return listPublishedBooks(this.#db, filter, { ...page, now: this.#clock.now() });
  }

  /** Raises `book-not-found` also for a book that is not yet published. */
  async get(bookId: string): Promise<Book> {
    const book = await this.#cache.book(bookId);
    if (!book || book.publishedAt > this.#clock.now())
      throw bookstoreErrors.bookNotFound({ params: { id: bookId } });
    return book;
  }

  /** Raises `book-not-found` rather than answer an empty list for no book. */
  async listChapters(
    bookId: string,
    page: { afterNumber: number; limit: number },
  ): Promise<PublishedChapter[]> {
    await this.get(bookId);
    return listPublishedChapters(this.#db, bookId, { ...page, now: this.#clock.now() });
  }

  chapter(chapterId: string): Promise<ChapterOfBook | undefined> {
    return this.#cache.chapter(chapterId);
  }

  chapterText(chapterId: string): Promise<string | undefined> {
    return findChapterText(this.#db, chapterId);
  }

  chapterBeginning(chapterId: string, characters: number): Promise<string | undefined> {
    return findChapterBeginning(this.#db, chapterId, characters);
  }
}
