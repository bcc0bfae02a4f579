import type { Static } from 'typebox';
import type { OwnBookSchema, OwnChapterSchema, OwnChapterTextSchema } from './authoring.schema.js';
import type { OwnBook } from './own-book.repository.js';
import type { OwnChapter, OwnChapterText } from './own-chapter.repository.js';
import type { Revision } from './revision.repository.js';

export type OwnBookAnswer = Static<typeof OwnBookSchema>;
export type OwnChapterAnswer = Static<typeof OwnChapterTextSchema>;

export function ownBookView(book: OwnBook): OwnBookAnswer {
  return {
    ...{ id: book.id, title: book.title, authorName: book.authorName, introduction: book.introduction },
    ...{ category: book.category ?? null, tags: [...book.tags], status: book.status },
    ...{ vipLibrary: book.vipLibrary, wordCount: book.wordCount, chapterCount: book.chapterCount },
    ...{ draftCount: book.draftCount, scheduledCount: book.scheduledCount },
    publishedAt: book.publishedAt?.toISOString() ?? null,
    lastChapterAt: book.lastChapterAt?.toISOString() ?? null,
    createdAt: book.createdAt.toISOString(),
    updatedAt: book.updatedAt.toISOString(),
    version: book.version,
  };
}

/** A chapter for the list; whether it is published is a matter of `now`. */
export function ownChapterRow(chapter: OwnChapter, now: Date): Static<typeof OwnChapterSchema> {
  const { publishedAt, chosenAccess = null, chosenPriceCoins = null } = chapter;
  return {
    ...{ id: chapter.id, bookId: chapter.bookId, number: chapter.number, volume: chapter.volume ?? null },
    ...{ title: chapter.title, wordCount: chapter.wordCount },
    ...{ access: chapter.access, price: chapter.priceCoins },
    chosen: { access: chosenAccess, price: chosenPriceCoins },
    state: publishedAt === undefined ? 'draft' : publishedAt > now ? 'scheduled' : 'published',
    publishedAt: publishedAt?.toISOString() ?? null,
    createdAt: chapter.createdAt.toISOString(),
    updatedAt: chapter.updatedAt.toISOString(),
    version: chapter.version,
  };
}

export function ownChapterView(chapter: OwnChapterText, now: Date): OwnChapterAnswer {
  return { ...ownChapterRow(chapter, now), text: chapter.text };
}

export function revisionView({ replacedAt, ...revision }: Revision) {
  return { ...revision, replacedAt: replacedAt.toISOString() };
}
