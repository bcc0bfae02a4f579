import type { Database, Tx } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { findBooks } from '../book.repository.js';
import type { BookFilter, BookPosition, BookSort } from '../bookstore.domain.js';
import type { Book } from '../bookstore.port.js';
import { gramsOfQuery, searchKey } from './grams.domain.js';
import { findUnindexedBooks, indexBook, type SearchQuery, searchBookIds } from './search.repository.js';
import { type SearchTier, searchTiers } from './search-tier.js';

export interface FoundBook {
  readonly book: Book;
  readonly tier: SearchTier;
}

/** Where a page by relevance ended: within a tier the book that changed last comes first. */
export interface RelevancePosition extends BookPosition {
  readonly tier: SearchTier;
}

const booksPerTransaction = 100;

/**
 * Finds books by pairs of characters, which needs no dictionary and so works for Chinese: a book matches when it has
 * all pairs of the query in its title, author, tags or introduction.
 */
export class BookSearch {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor({ db, clock }: { readonly db: Database; readonly clock: Clock }) {
    this.#db = db;
    this.#clock = clock;
  }

  /** The best matches first: the title itself, titles, then authors and tags, then introductions. */
  async byRelevance(
    q: string,
    filter: BookFilter,
    { after, limit }: { after: RelevancePosition | undefined; limit: number },
  ): Promise<FoundBook[]> {
    const query = this.#query(q, filter);
    const found: { id: string; tier: SearchTier }[] = [];
    for (const tier of searchTiers.slice(after ? searchTiers.indexOf(after.tier) : 0)) {
      const page = { sort: 'updated', limit: limit - found.length } as const;
      const position = after?.tier === tier ? after : undefined;
      const ids = await searchBookIds(this.#db, query, { ...page, tier, after: position });
      found.push(...ids.map((id) => ({ id, tier })));
      if (found.length >= limit) break;
    }
    const books = await this.#read(found.map(({ id }) => id));
    return found.flatMap(({ id, tier }) => {
      const book = books.get(id);
      return book ? [{ book, tier }] : [];
    });
  }

  /** All matches in a given order. */
  async inOrder(
    q: string,
    filter: BookFilter,
    page: { sort: BookSort; after: BookPosition | undefined; limit: number },
  ): Promise<Book[]> {
    const query = this.#query(q, filter);
    const ids = await searchBookIds(this.#db, query, { ...page, tier: undefined });
    const books = await this.#read(ids);
    return ids.flatMap((id) => books.get(id) ?? []);
  }

  /** In the transaction that writes the book. */
  index(tx: Tx, bookId: string): Promise<void> {
    return indexBook(tx, bookId);
  }

  /** Indexes what is not, or by older rules; answers how many. Ends between two transactions when `signal` aborts. */
  async indexMissing(signal: AbortSignal): Promise<number> {
    let indexed = 0;
    let after: string | undefined;
    do {
      const ids = await findUnindexedBooks(this.#db, { after, limit: booksPerTransaction });
      if (ids.length === 0 || signal.aborted) return indexed;
      await this.#db.withTransaction({ name: 'index-books' }, async (tx) => {
        for (const id of ids) await indexBook(tx, id);
      });
      indexed += ids.length;
      after = ids.at(-1);
    } while (after !== undefined);
    return indexed;
  }

  #query(q: string, filter: BookFilter): SearchQuery {
    return { ...filter, grams: gramsOfQuery(q), titleKey: searchKey(q), now: this.#clock.now() };
  }

  async #read(ids: readonly string[]): Promise<ReadonlyMap<string, Book>> {
    if (ids.length === 0) return new Map();
    const books = await findBooks(this.#db, ids);
    return new Map(books.map((book) => [book.id, book]));
  }
}
