import type { Database, Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import { staleEdit } from '../../../platform/http/index.js';
import type { Once } from '../../../platform/idempotency/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { BookCache } from '../book-cache.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { offerOf } from '../bookstore.domain.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import { type OwnChapterAnswer, ownChapterView } from './authoring.views.js';
import { type ChapterEdit, chapterRefusal, editedChapter } from './chapter-edit.domain.js';
import { closedUp, moved, type Place } from './order.domain.js';
import { lockOwnBook, ownsBook, recountBook } from './own-book.repository.js';
import {
  type Draft,
  deleteChapter,
  findOwnChapter,
  findOwner,
  insertDraft,
  lastNumber,
  listDrafts,
  listOwnChapters,
  type OwnChapter,
  type OwnChapterText,
  placeDrafts,
  updateContent,
} from './own-chapter.repository.js';
import { lockOwnChapter } from './own-chapter-lock.js';
import { orRaise } from './refused.js';
import { findRevision, keepRevision, listRevisions, type Revision } from './revision.repository.js';

export interface AuthorChaptersDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: BookstoreConfig;
  readonly cache: BookCache;
}

/**
 * The chapters of an author's books: drafts, scheduled ones and published ones. Those of others are answered as none:
 * 404 `author-chapter-not-found`. Every write holds the lock on the book's row, so numbers are given once.
 */
export class AuthorChapters {
  readonly #deps: AuthorChaptersDeps;

  constructor(deps: AuthorChaptersDeps) {
    this.#deps = deps;
  }

  /** A draft at the end of the book. Raises `book-full`, and what refuses its content. */
  async create(once: Once, userId: string, bookId: string, edit: ChapterEdit): Promise<OwnChapterAnswer> {
    const { clock, config, cache } = this.#deps;
    const now = clock.now();
    const id = newId(now);
    const result = await once.transaction({ name: 'write-chapter' }, async (tx) => {
      if (!(await lockOwnBook(tx, bookId, userId))) {
        return tx.rollback(bookstoreErrors.authorBookNotFound({ params: { id: bookId } }));
      }
      const number = (await lastNumber(tx, bookId)) + 1;
      const content = editedChapter(undefined, edit, { number, rules: config });
      const limit = config.import.chaptersMax;
      const full = number > limit ? bookstoreErrors.bookFull({ params: { limit } }) : undefined;
      const refusal = full ?? chapterRefusal(content, edit, { number, rules: config });
      if (refusal) return tx.rollback(refusal);
      await insertDraft(tx, { ...content, id, bookId, number }, now);
      await cache.changed(tx, [bookId]);
      return ownChapterView((await findOwnChapter(tx, id)) as OwnChapterText, now);
    });
    return orRaise(result);
  }

  /**
   * Keeps what it replaces as a revision. `number` moves a draft among the drafts of its book. Raises
   * `version-conflict`, and what refuses the content or the place.
   */
  async edit(
    userId: string,
    chapterId: string,
    {
      version,
      number,
      ...edit
    }: ChapterEdit & { readonly version: number; readonly number?: number | undefined },
  ): Promise<OwnChapterText> {
    const { db, cache } = this.#deps;
    const result = await db.withTransaction({ name: 'edit-chapter' }, async (tx) => {
      const chapter = await lockOwnChapter(tx, chapterId, userId);
      if (!chapter) return tx.rollback(notFound(chapterId));
      await cache.changed(tx, [chapter.bookId]);
      const refusal =
        staleEdit(version, chapter.version) ??
        (await this.#move(tx, chapter, number ?? chapter.number)) ??
        (await this.#write(tx, chapter, edit, number ?? chapter.number));
      return refusal ? tx.rollback(refusal) : ((await findOwnChapter(tx, chapterId)) as OwnChapterText);
    });
    return orRaise(result);
  }

  /** Makes a revision the text again; what it replaces becomes a revision itself. Raises `revision-not-found`. */
  async restore(
    userId: string,
    chapterId: string,
    { revision, version }: { revision: number; version: number },
  ): Promise<OwnChapterText> {
    const { db, cache } = this.#deps;
    const result = await db.withTransaction({ name: 'restore-chapter' }, async (tx) => {
      const chapter = await lockOwnChapter(tx, chapterId, userId);
      if (!chapter) return tx.rollback(notFound(chapterId));
      await cache.changed(tx, [chapter.bookId]);
      const earlier = await findRevision(tx, chapterId, revision);
      if (!earlier) return tx.rollback(revisionNotFound(revision));
      const { title, text } = earlier;
      const refusal =
        staleEdit(version, chapter.version) ??
        (await this.#write(tx, chapter, { title, text }, chapter.number));
      return refusal ? tx.rollback(refusal) : ((await findOwnChapter(tx, chapterId)) as OwnChapterText);
    });
    return orRaise(result);
  }

  /** Removes a draft that was never published nor scheduled, and closes up the drafts behind it. */
  async delete(userId: string, chapterId: string): Promise<void> {
    const { db, clock, cache } = this.#deps;
    const refused = await db.withTransaction({ name: 'delete-chapter' }, async (tx) => {
      const chapter = await lockOwnChapter(tx, chapterId, userId);
      if (!chapter) return tx.rollback(notFound(chapterId));
      await cache.changed(tx, [chapter.bookId]);
      const { number, publishedAt, offeredAt } = chapter;
      if (publishedAt && publishedAt <= clock.now()) {
        return tx.rollback(bookstoreErrors.chapterPublished({ params: { number } }));
      }
      if (publishedAt || offeredAt)
        return tx.rollback(bookstoreErrors.chapterOffered({ params: { number } }));
      const drafts = await listDrafts(tx, chapter.bookId);
      await deleteChapter(tx, chapterId);
      await this.#place(tx, drafts, closedUp(drafts, chapterId));
      return undefined;
    });
    if (refused) throw refused;
  }

  async get(userId: string, chapterId: string): Promise<OwnChapterText> {
    const { db } = this.#deps;
    const owner = await findOwner(db, chapterId);
    const chapter = owner?.authorId === userId ? await findOwnChapter(db, chapterId) : undefined;
    if (!chapter) throw notFound(chapterId);
    return chapter;
  }

  /** Raises `author-book-not-found` rather than answer an empty list for no book. */
  async list(
    userId: string,
    bookId: string,
    page: { afterNumber: number; limit: number },
  ): Promise<OwnChapter[]> {
    const { db } = this.#deps;
    if (!(await ownsBook(db, bookId, userId))) {
      throw bookstoreErrors.authorBookNotFound({ params: { id: bookId } });
    }
    return listOwnChapters(db, bookId, page);
  }

  async revisions(
    userId: string,
    chapterId: string,
    page: { before: number | undefined; limit: number },
  ): Promise<Revision[]> {
    await this.#own(userId, chapterId);
    return listRevisions(this.#deps.db, chapterId, page);
  }

  async revision(userId: string, chapterId: string, version: number): Promise<Revision & { text: string }> {
    await this.#own(userId, chapterId);
    const revision = await findRevision(this.#deps.db, chapterId, version);
    if (!revision) throw revisionNotFound(version);
    return revision;
  }

  async #own(userId: string, chapterId: string): Promise<void> {
    const owner = await findOwner(this.#deps.db, chapterId);
    if (owner?.authorId !== userId) throw notFound(chapterId);
  }

  async #write(
    tx: Tx,
    chapter: OwnChapterText,
    edit: ChapterEdit,
    number: number,
  ): Promise<AppError | undefined> {
    const { clock, config } = this.#deps;
    const content = editedChapter(chapter, edit, { number, rules: config });
    const refusal = chapterRefusal(content, edit, {
      number,
      rules: config,
      published: !!chapter.publishedAt,
    });
    if (refusal) return refusal;
    const now = clock.now();
    if (content.text !== chapter.text || content.title !== chapter.title) {
      await keepRevision(tx, chapter.id, now, config.authoring.revisionsMax);
    }
    await updateContent(tx, chapter.id, content, now);
    if (content.wordCount !== chapter.wordCount) await recountBook(tx, chapter.bookId, now);
    return undefined;
  }

  async #move(tx: Tx, chapter: OwnChapterText, number: number): Promise<AppError | undefined> {
    if (number === chapter.number) return undefined;
    const { publishedAt } = chapter;
    const params = { number: chapter.number };
    if (publishedAt) {
      const published = publishedAt <= this.#deps.clock.now();
      return bookstoreErrors[published ? 'chapterPublished' : 'chapterScheduled']({ params });
    }
    const drafts = await listDrafts(tx, chapter.bookId);
    const places = moved(drafts, chapter.id, number);
    if (!places) return bookstoreErrors.chapterPlaceTaken({ params: { number } });
    await this.#place(tx, drafts, places);
    return undefined;
  }

  /** A place decides about the price as well. */
  #place(tx: Tx, drafts: readonly Draft[], places: readonly Place[]): Promise<void> {
    const byId = new Map(drafts.map((draft) => [draft.id, draft]));
    const placed = places.map((place) => {
      const { wordCount: words, chosenAccess, chosenPriceCoins } = byId.get(place.id) as Draft;
      const chosen = { access: chosenAccess, priceCoins: chosenPriceCoins };
      return { ...place, ...offerOf({ number: place.number, wordCount: words }, this.#deps.config, chosen) };
    });
    return placeDrafts(tx, placed);
  }
}

const notFound = (id: string) => bookstoreErrors.authorChapterNotFound({ params: { id } });
const revisionNotFound = (version: number) => bookstoreErrors.revisionNotFound({ params: { version } });
