import type { Database, Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import { staleEdit } from '../../../platform/http/index.js';
import type { Once } from '../../../platform/idempotency/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Accounts } from '../../auth/index.js';
import type { BookCache } from '../book-cache.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { BookStatus } from '../bookstore.port.js';
import { categoryExists } from '../category/category.repository.js';
import type { BookSearch } from '../search/book-search.js';
import { type OwnBookAnswer, ownBookView } from './authoring.views.js';
import {
  type BookText,
  findOwnBook,
  insertDraftBook,
  listOwnBooks,
  lockOwnBook,
  type OwnBook,
  updateBookText,
} from './own-book.repository.js';
import { plainLine, plainTags, plainText } from './plain-text.domain.js';
import { orRaise } from './refused.js';

export interface AuthorBooksDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly search: BookSearch;
  readonly cache: BookCache;
}

/** What an author sends of a book; what is absent stays as it is, or empty in a new book. */
export interface BookEdit {
  readonly title?: string | undefined;
  readonly authorName?: string | undefined;
  readonly introduction?: string | undefined;
  readonly category?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly status?: BookStatus | undefined;
}

/** An author's books. Books of others are answered as none: 404 `author-book-not-found`. */
export class AuthorBooks {
  readonly #deps: AuthorBooksDeps;

  constructor(deps: AuthorBooksDeps) {
    this.#deps = deps;
  }

  /**
   * Opens a book without chapters, which only its author sees; the first one makes a reader an author. Raises
   * `category-unknown` and `text-without-characters`.
   */
  async create(
    once: Once,
    userId: string,
    edit: BookEdit & { readonly title: string },
  ): Promise<OwnBookAnswer> {
    const { db, clock, accounts, search } = this.#deps;
    const account = await accounts.get(userId);
    if (!account) throw new Error('the account that opens a book is gone');
    const empty = {
      title: '',
      authorName: account.nickname,
      introduction: '',
      tags: [],
      category: undefined,
    };
    const text = edited({ ...empty, status: 'serialising' }, edit);
    const refusal = await this.#refusal(db, text);
    if (refusal) throw refusal;
    const now = clock.now();
    const id = newId(now);
    return once.transaction({ name: 'open-book' }, async (tx) => {
      if (!account.roles.includes('author')) await accounts.grantRole(tx, userId, 'author');
      await insertDraftBook(tx, { ...text, id, authorId: userId }, now);
      await search.index(tx, id);
      return ownBookView((await findOwnBook(tx, id, { now })) as OwnBook);
    });
  }

  /** Raises `version-conflict` when the edit was made on another version than the current one. */
  async edit(
    userId: string,
    bookId: string,
    { version, ...edit }: BookEdit & { readonly version: number },
  ): Promise<OwnBook> {
    const { db, clock, search, cache } = this.#deps;
    const now = clock.now();
    const result = await db.withTransaction({ name: 'edit-book' }, async (tx) => {
      const locked = await lockOwnBook(tx, bookId, userId);
      const book = locked ? await findOwnBook(tx, bookId, { now }) : undefined;
      if (!book) return tx.rollback(notFound(bookId));
      const text = edited(book, edit);
      const refusal = staleEdit(version, book.version) ?? (await this.#refusal(tx, text));
      if (refusal) return tx.rollback(refusal);
      await updateBookText(tx, bookId, text, now);
      await search.index(tx, bookId);
      await cache.changed(tx, [bookId]);
      return (await findOwnBook(tx, bookId, { now })) as OwnBook;
    });
    return orRaise(result);
  }

  async get(userId: string, bookId: string): Promise<OwnBook> {
    const { db, clock } = this.#deps;
    const book = await findOwnBook(db, bookId, { authorId: userId, now: clock.now() });
    if (!book) throw notFound(bookId);
    return book;
  }

  /** The newest book first. */
  list(userId: string, page: { after: string | undefined; limit: number }): Promise<OwnBook[]> {
    const { db, clock } = this.#deps;
    return listOwnBooks(db, userId, { ...page, now: clock.now() });
  }

  async #refusal(
    where: Database | Tx,
    { title, authorName, category }: BookText,
  ): Promise<AppError | undefined> {
    if (title === '') return bookstoreErrors.nothingLeft({ params: { field: 'title' } });
    if (authorName === '') return bookstoreErrors.nothingLeft({ params: { field: 'authorName' } });
    if (category === undefined || (await categoryExists(where, category))) return undefined;
    return bookstoreErrors.categoryUnknown({ params: { slug: category } });
  }
}

const notFound = (id: string) => bookstoreErrors.authorBookNotFound({ params: { id } });

function edited(book: BookText, edit: BookEdit): BookText {
  return {
    title: edit.title === undefined ? book.title : plainLine(edit.title),
    authorName: edit.authorName === undefined ? book.authorName : plainLine(edit.authorName),
    introduction: edit.introduction === undefined ? book.introduction : plainText(edit.introduction),
    category: edit.category === undefined ? book.category : (edit.category ?? undefined),
    tags: edit.tags === undefined ? book.tags : plainTags(edit.tags),
    status: edit.status ?? book.status,
  };
}
