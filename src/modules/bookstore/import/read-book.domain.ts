import { wordCount } from '../bookstore.domain.js';
import { type DecodeRefusal, decodeText, type Encoding, type Pause } from './encoding.domain.js';
import type { LeftOut } from './front-matter.domain.js';
import { type SplitLimits, type SplitRefusal, splitBook } from './split.domain.js';

export interface PlannedChapter {
  /** Its place in the book, from 1, whatever number its title carries. */
  readonly number: number;
  readonly volume?: string;
  readonly title: string;
  readonly text: string;
  readonly wordCount: number;
}

/** A book as it would be saved. */
export interface PlannedBook {
  readonly encoding: Encoding | 'epub';
  readonly title?: string;
  readonly author?: string;
  readonly introduction?: string;
  readonly chapters: readonly PlannedChapter[];
  readonly leftOut: readonly LeftOut[];
}

export type BookRefusal = DecodeRefusal | SplitRefusal;

export type ReadBook =
  | { readonly ok: true; readonly book: PlannedBook }
  | { readonly ok: false; readonly refusal: BookRefusal };

const chaptersPerSlice = 500;

/**
 * Reads a plain text novel: encoding, front matter, volumes, chapters. A pure function of its input;
 * `pause` is awaited every few milliseconds of work so that others get their turn.
 */
export async function readBook(bytes: Uint8Array, limits: SplitLimits, pause: Pause): Promise<ReadBook> {
  const decoded = await decodeText(bytes, pause);
  if (!decoded.ok) return decoded;
  const split = await splitBook(decoded.text, limits, pause);
  if (!split.ok) return split;
  const chapters: PlannedChapter[] = [];
  for (const [i, chapter] of split.book.chapters.entries()) {
    if (i % chaptersPerSlice === 0) await pause();
    chapters.push({ ...chapter, number: i + 1, wordCount: wordCount(chapter.text) });
  }
  return { ok: true, book: { ...split.book, chapters, encoding: decoded.encoding } };
}
