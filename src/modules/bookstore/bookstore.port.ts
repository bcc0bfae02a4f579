import { port } from '../../platform/kernel/index.js';

export const bookStatuses = ['serialising', 'completed', 'paused'] as const;
export type BookStatus = (typeof bookStatuses)[number];

export interface Book {
  readonly id: string;
  readonly title: string;
  /** The account that owns it. */
  readonly authorId: string;
  /** The name readers see. */
  readonly authorName: string;
  readonly introduction: string;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  readonly status: BookStatus;
  /** Its paid chapters are open to members with the library benefit. */
  readonly vipLibrary: boolean;
  readonly wordCount: number;
  readonly chapterCount: number;
  readonly publishedAt: Date;
  readonly lastChapterAt: Date;
  readonly version: number;
}

export interface Chapter {
  readonly id: string;
  readonly bookId: string;
  /** Its place in the book, from 1. */
  readonly number: number;
  readonly volume: string | undefined;
  readonly title: string;
  /** Characters without white space. */
  readonly wordCount: number;
  readonly access: 'free' | 'paid';
  /** Full price; 0 exactly when free. */
  readonly priceCoins: number;
  /** Before it only the author and staff may know the chapter. Undefined: a draft. */
  readonly publishedAt: Date | undefined;
  readonly version: number;
}

export interface PublishedChapter extends Chapter {
  readonly publishedAt: Date;
}

export interface ChapterOfBook extends Chapter {
  readonly book: Pick<Book, 'title' | 'authorId' | 'authorName' | 'vipLibrary'>;
}

/**
 * Books as other modules read them. It answers whatever is stored: who may see it is decided by its
 * callers. Ids are UUIDs. One read by key each; an error when the database does not answer.
 */
export interface Books {
  chapter(chapterId: string): Promise<ChapterOfBook | undefined>;
  /** The whole text, paragraphs a line each. */
  chapterText(chapterId: string): Promise<string | undefined>;
  /** The first `characters` of the text; the rest does not leave the database. */
  chapterBeginning(chapterId: string, characters: number): Promise<string | undefined>;
}

export const Books = port<Books>('bookstore.books');

/** How often books are read, for rankings. */
export interface BookViews {
  /** A reader opened a page of the book. Costs no wait and never fails; written within seconds. */
  seen(bookId: string): void;
}

export const BookViews = port<BookViews>('bookstore.book-views');

/** The book that ships with the platform. */
export interface DemoLibrary {
  /**
   * Imports it for the demo author (`bookstore.demoAuthorUsername`, who must exist) unless that was done
   * before, also when called from several instances at once.
   */
  seed(): Promise<{ readonly bookId: string; readonly created: boolean }>;
}

export const DemoLibrary = port<DemoLibrary>('bookstore.demo-library');
