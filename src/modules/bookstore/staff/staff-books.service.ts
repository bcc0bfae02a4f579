import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database } from '../../../platform/database/index.js';
import { staleEdit } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { findOwnBook, lockBook, type OwnBook } from '../authoring/own-book.repository.js';
import { orRaise } from '../authoring/refused.js';
import type { BookCache } from '../book-cache.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { BookStatus } from '../bookstore.port.js';
import { categoryExists } from '../category/category.repository.js';
import { updateBookTraits } from './staff-book.repository.js';

export interface StaffEdit {
  readonly vipLibrary?: boolean | undefined;
  readonly status?: BookStatus | undefined;
  /** `null`: none. */
  readonly category?: string | null | undefined;
  readonly version: number;
  readonly reason: string;
}

interface StaffBooksDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly cache: BookCache;
}

/** What staff decide about a book, published or not. */
export class StaffBooks {
  readonly #deps: StaffBooksDeps;

  constructor(deps: StaffBooksDeps) {
    this.#deps = deps;
  }

  /** Leaves an audit record. Raises `book-not-found`, `version-conflict` and `category-unknown`. */
  async edit(
    bookId: string,
    { version, reason, category, ...edit }: StaffEdit,
    actor: AuditActor,
  ): Promise<OwnBook> {
    const { db, clock, audit, cache } = this.#deps;
    const now = clock.now();
    const result = await db.withTransaction({ name: 'manage-book' }, async (tx) => {
      const book = (await lockBook(tx, bookId)) ? await findOwnBook(tx, bookId, { now }) : undefined;
      if (!book) return tx.rollback(bookstoreErrors.bookNotFound({ params: { id: bookId } }));
      const stale = staleEdit(version, book.version);
      if (stale) return tx.rollback(stale);
      if (typeof category === 'string' && !(await categoryExists(tx, category))) {
        return tx.rollback(bookstoreErrors.categoryUnknown({ params: { slug: category } }));
      }
      const before = { vipLibrary: book.vipLibrary, status: book.status, category: book.category ?? null };
      const { vipLibrary = before.vipLibrary, status = before.status } = edit;
      const after = { vipLibrary, status, category: category === undefined ? before.category : category };
      await updateBookTraits(tx, bookId, after, now);
      await cache.changed(tx, [bookId]);
      const target = { type: 'book', id: bookId };
      await audit.record(tx, { action: 'bookstore.book-managed', actor, target, before, after, reason });
      return (await findOwnBook(tx, bookId, { now })) as OwnBook;
    });
    return orRaise(result);
  }
}
