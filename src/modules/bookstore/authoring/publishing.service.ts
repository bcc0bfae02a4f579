import type { Database, Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { BookCache } from '../book-cache.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import { chapterDue, chapterPublished } from '../bookstore.events.js';
import { lockBook, recountBook } from './own-book.repository.js';
import { findOwnChapter, type OwnChapterText, setPublication } from './own-chapter.repository.js';
import { lockOwnChapter } from './own-chapter-lock.js';
import { orRaise } from './refused.js';

export interface PublishingDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly events: Events;
  readonly config: BookstoreConfig;
  readonly cache: BookCache;
}

const dayMs = 24 * 3_600_000;

/**
 * Brings chapters before readers. `published_at` alone decides who sees a chapter, to the millisecond and whatever else
 * runs; the event `bookstore.chapter-due` then brings the counts of the book in line and tells the others.
 */
export class Publishing {
  readonly #deps: PublishingDeps;

  constructor(deps: PublishingDeps) {
    this.#deps = deps;
  }

  /**
   * Now, or at a moment ahead; a scheduled chapter gets the new moment. A chapter that is published already is
   * answered as it is. Raises `chapter-empty`, `publish-moment-invalid`, and `chapter-published` for a moment ahead
   * of a published one.
   */
  publish(userId: string, chapterId: string, publishAt: Date | undefined): Promise<OwnChapterText> {
    return this.#change('publish-chapter', userId, chapterId, async (tx, chapter, now) => {
      const { publishedAt, number } = chapter;
      const ahead = publishAt !== undefined && !(publishAt <= now);
      if (publishedAt && publishedAt <= now) {
        return ahead ? bookstoreErrors.chapterPublished({ params: { number } }) : undefined;
      }
      const refusal = this.#refusal(chapter, ahead ? publishAt : now, now);
      if (refusal) return refusal;
      const moment = ahead ? publishAt : now;
      if (moment.getTime() === publishedAt?.getTime()) return undefined;
      await this.#set(tx, chapter, moment, now);
      return undefined;
    });
  }

  /** Makes a scheduled chapter a draft again; a draft is answered as it is. Raises `chapter-published`. */
  withdraw(userId: string, chapterId: string): Promise<OwnChapterText> {
    return this.#change('withdraw-chapter', userId, chapterId, async (tx, chapter, now) => {
      const { publishedAt, number } = chapter;
      if (!publishedAt) return undefined;
      if (publishedAt <= now) return bookstoreErrors.chapterPublished({ params: { number } });
      await setPublication(tx, chapterId, { ...chapter, publishedAt: undefined });
      await recountBook(tx, chapter.bookId, now);
      return undefined;
    });
  }

  /**
   * At the moment of a schedule, in the transaction that handles the event: counts the chapter and tells of it, unless
   * it was withdrawn, got another moment or was told already.
   */
  async settle(
    tx: Tx,
    { chapterId, publishedAt }: { chapterId: string; publishedAt: string },
  ): Promise<void> {
    const found = await findOwnChapter(tx, chapterId);
    if (!found || !(await lockBook(tx, found.bookId))) return;
    const chapter = await findOwnChapter(tx, chapterId);
    if (chapter?.publishedAt?.toISOString() !== publishedAt || chapter.announcedAt) return;
    const { clock, cache } = this.#deps;
    const now = clock.now();
    await cache.changed(tx, [chapter.bookId]);
    // The clock of the instance that handles this may be behind the one that found it due.
    await this.#announce(tx, chapter, chapter.publishedAt > now ? chapter.publishedAt : now);
  }

  async #change(
    name: string,
    userId: string,
    chapterId: string,
    change: (tx: Tx, chapter: OwnChapterText, now: Date) => Promise<AppError | undefined>,
  ): Promise<OwnChapterText> {
    const { db, clock, cache } = this.#deps;
    const result = await db.withTransaction({ name }, async (tx) => {
      const chapter = await lockOwnChapter(tx, chapterId, userId);
      if (!chapter) return tx.rollback(bookstoreErrors.authorChapterNotFound({ params: { id: chapterId } }));
      // Asked for after the wait for the lock: what others published meanwhile is published.
      const refusal = await change(tx, chapter, clock.now());
      await cache.changed(tx, [chapter.bookId]);
      return refusal ? tx.rollback(refusal) : ((await findOwnChapter(tx, chapterId)) as OwnChapterText);
    });
    return orRaise(result);
  }

  #refusal({ wordCount }: OwnChapterText, moment: Date, now: Date): AppError | undefined {
    const days = this.#deps.config.authoring.scheduleDaysMax;
    if (wordCount === 0) return bookstoreErrors.chapterEmpty();
    // Written so that a moment which is none (the second 60 of a minute) is refused as well.
    const near = moment.getTime() - now.getTime() <= days * dayMs;
    return near ? undefined : bookstoreErrors.publishMomentInvalid({ params: { days } });
  }

  async #set(tx: Tx, chapter: OwnChapterText, moment: Date, now: Date): Promise<void> {
    const { id, bookId, offeredAt = now, announcedAt } = chapter;
    if (moment <= now) return this.#announce(tx, { ...chapter, publishedAt: moment }, now);
    await setPublication(tx, id, { publishedAt: moment, offeredAt, announcedAt });
    await recountBook(tx, bookId, now);
    const payload = { bookId, chapterId: id, publishedAt: moment.toISOString() };
    await this.#deps.events.add(tx, chapterDue, payload, { notBefore: moment });
  }

  async #announce(tx: Tx, chapter: OwnChapterText, now: Date): Promise<void> {
    const { id, bookId, number, publishedAt = now } = chapter;
    await setPublication(tx, id, {
      ...chapter,
      publishedAt,
      offeredAt: chapter.offeredAt ?? now,
      announcedAt: now,
    });
    await recountBook(tx, bookId, now);
    const payload = { bookId, chapterId: id, number, publishedAt: publishedAt.toISOString() };
    await this.#deps.events.add(tx, chapterPublished, payload, { aggregate: `book ${bookId}` });
  }
}
