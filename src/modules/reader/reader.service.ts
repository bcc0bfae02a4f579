import type { Caller } from '../../platform/http/index.js';
import type { BaseService, Clock, Health } from '../../platform/kernel/index.js';
import { healthy } from '../../platform/kernel/index.js';
import type { Logger } from '../../platform/logger/index.js';
import type { Books, BookViews, ChapterOfBook } from '../bookstore/index.js';
import { decidePaid, isVisible, plainReason } from './access.domain.js';
import type { ReaderConfig } from './reader.config.js';
import { lockedProblem, readerErrors } from './reader.errors.js';
import type { ReaderMetrics } from './reader.metrics.js';
import {
  type ChapterReadingPort,
  type ChapterReadingResult,
  type MembershipPort,
  noBenefits,
  type OwnershipPort,
  type ReadingDecision,
} from './reader.port.js';

export interface ReaderDeps {
  readonly books: Books;
  readonly views: BookViews;
  readonly clock: Clock;
  readonly ownership: OwnershipPort;
  readonly membership: MembershipPort;
  readonly config: ReaderConfig;
  readonly log: Logger;
  readonly metrics: ReaderMetrics;
}

export type ChapterPage = Extract<ChapterReadingResult, { allowed: true }> & { readonly ads: boolean };

/** Any id: the probe asks for a chapter that cannot exist. */
const probeId = '00000000-0000-0000-0000-000000000000';

/** The one place that decides who reads what. */
export class ReaderService implements BaseService, ChapterReadingPort {
  readonly name = 'reader';
  readonly version = '1.0.0';
  readonly #deps: ReaderDeps;

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  async initialize(): Promise<void> {
    await this.#deps.books.chapter(probeId);
  }

  async health(): Promise<Health> {
    await this.#deps.books.chapter(probeId);
    return healthy;
  }

  /** Nothing runs by itself. */
  async close(): Promise<void> {}

  async read(caller: Caller | undefined, chapterId: string): Promise<ChapterReadingResult | undefined> {
    const { books, metrics } = this.#deps;
    const chapter = await this.#visible(caller, chapterId);
    if (!chapter) return undefined;
    const decision = await this.#decide(caller, chapter);
    metrics.reads.inc({ outcome: decision.allowed ? decision.why : 'locked' });
    if (!decision.allowed) return { ...decision, chapter };
    const text = await books.chapterText(chapterId);
    return text === undefined ? undefined : { ...decision, chapter, text };
  }

  /** The chapter as a page to read. Raises `chapter-not-found`, or `chapter-locked` with its free beginning. */
  async open(caller: Caller | undefined, chapterId: string): Promise<ChapterPage> {
    const { books, views, config } = this.#deps;
    const reading = await this.read(caller, chapterId);
    if (!reading) throw readerErrors.chapterNotFound({ params: { id: chapterId } });
    if (reading.allowed) {
      views.seen(reading.chapter.bookId);
      return { ...reading, ads: await this.#showsAds(caller) };
    }
    const preview = await books.chapterBeginning(chapterId, config.previewCharacters);
    throw lockedProblem(reading, preview ?? '');
  }

  /** The decision alone, without the text. Raises `chapter-not-found`. */
  async access(caller: Caller | undefined, chapterId: string): Promise<ReadingDecision> {
    const chapter = await this.#visible(caller, chapterId);
    if (!chapter) throw readerErrors.chapterNotFound({ params: { id: chapterId } });
    return this.#decide(caller, chapter);
  }

  async #visible(caller: Caller | undefined, chapterId: string): Promise<ChapterOfBook | undefined> {
    const chapter = await this.#deps.books.chapter(chapterId);
    return chapter && isVisible(chapter, caller, this.#deps.clock.now()) ? chapter : undefined;
  }

  async #decide(caller: Caller | undefined, chapter: ChapterOfBook): Promise<ReadingDecision> {
    const why = plainReason(chapter, caller);
    if (why) return { allowed: true, why };
    if (!caller) return decidePaid(chapter, caller, { owned: false, benefits: noBenefits });
    const { ownership, membership } = this.#deps;
    const [owned, benefits] = await Promise.all([
      ownership.owns(caller.userId, chapter.id),
      membership.benefitsOf(caller.userId),
    ]);
    return decidePaid(chapter, caller, { owned, benefits });
  }

  /** A page that may be read is not withheld because nobody knows whether it carries ads: then it does. */
  async #showsAds(caller: Caller | undefined): Promise<boolean> {
    if (!caller) return true;
    try {
      return !(await this.#deps.membership.benefitsOf(caller.userId)).adFree;
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'membership did not answer, so the page carries ads');
      return true;
    }
  }
}
