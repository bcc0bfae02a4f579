import type { Cache, CacheNamespace, NamespaceOptions } from '../../platform/cache/index.js';
import type { Database, Tx } from '../../platform/database/index.js';
import { findBook, listRecentBookIds } from './book.repository.js';
import type { Book, ChapterOfBook } from './bookstore.port.js';
import { findChapter } from './chapter.repository.js';

const ttlMs = 300_000;
const warmBooks = 100;
const warmPerSecond = 200;

/**
 * What readers ask for most, kept near: books, and chapters without their text. It holds rows as they are stored;
 * whether somebody may see one is decided at each read, by the clock. Who writes a book says so with `changed`.
 */
export class BookCache {
  readonly #db: Database;
  readonly #books: CacheNamespace<Book>;
  readonly #chapters: CacheNamespace<ChapterOfBook>;

  constructor(cache: Cache, db: Database) {
    this.#db = db;
    this.#books = cache.namespace(bookNamespace(db));
    this.#chapters = cache.namespace({
      name: 'chapters',
      version: 1,
      ttlMs,
      tags: ({ bookId }) => [bookId],
    });
  }

  book(id: string): Promise<Book | undefined> {
    return this.#books.getOrLoad(id, () => findBook(this.#db, id));
  }

  chapter(id: string): Promise<ChapterOfBook | undefined> {
    return this.#chapters.getOrLoad(id, () => findChapter(this.#db, id));
  }

  /** In the transaction that writes books, their chapters, or what either shows of the other. */
  async changed(tx: Tx, bookIds: readonly string[]): Promise<void> {
    await this.#books.changed(tx, { keys: bookIds });
    await this.#chapters.changed(tx, { tags: bookIds });
  }
}

function bookNamespace(db: Database): NamespaceOptions<Book> {
  return {
    name: 'books',
    version: 1,
    ttlMs,
    warmUp: {
      keys: () => listRecentBookIds(db, warmBooks),
      load: ({ key }) => findBook(db, key),
      perSecond: warmPerSecond,
    },
  };
}
