import { wordCount } from '../../bookstore.domain.js';
import { type LeftOut, readFrontMatter } from '../front-matter.domain.js';
import { parseHeading } from '../heading.domain.js';
import type { PlannedBook, PlannedChapter } from '../read-book.domain.js';
import type { SplitLimits } from '../split.domain.js';
import type { Contents, Start } from './contents.domain.js';
import { EpubRefused } from './epub-refusal.js';
import type { EpubPackage } from './package.domain.js';
import type { Stretch } from './page-text.js';

interface OpenChapter extends Start {
  readonly file: string;
  readonly lines: string[];
}

const prefaceTitle = '前言';
const titleCharactersMax = 200;

/**
 * Puts the pages of an EPUB together. A chapter begins where the table of contents says so, or, beyond it, at a page
 * whose heading is that of a chapter; other pages belong to the chapter before, and those before the first to the front
 * matter. Raises `EpubRefused` at the first chapter over a limit.
 */
export class BookAssembly {
  readonly #contents: Contents;
  readonly #limits: SplitLimits;
  readonly #front: string[] = [];
  readonly #chapters: OpenChapter[] = [];
  #characters = 0;

  constructor(contents: Contents, limits: SplitLimits) {
    this.#contents = contents;
    this.#limits = limits;
  }

  /** The next page of the spine. */
  add(file: string, page: readonly Stretch[]): void {
    const starts = this.#contents.get(file);
    const known = starts && page.some(({ id }) => starts.has(id));
    for (const [i, stretch] of page.entries()) {
      // Where none of the ids is there, the page begins what the contents promise of it.
      const start =
        starts?.get(stretch.id) ?? (i === 0 && !known ? starts?.values().next().value : undefined);
      const own = start ?? this.#ownStart(stretch);
      if (own) this.#open(own, file);
      this.#append(file, stretch.lines);
    }
  }

  #ownStart({ heading }: Stretch): Start | undefined {
    if (heading === undefined) return undefined;
    const begins = this.#contents.size === 0 || parseHeading(heading)?.level === 'chapter';
    return begins ? { title: heading, volume: this.#chapters.at(-1)?.volume } : undefined;
  }

  #open({ title, volume }: Start, file: string): void {
    // Before it is known which of them have a text, as many again may be empty.
    if (this.#chapters.length >= this.#limits.chaptersMax * 2)
      throw new EpubRefused({ reason: 'too-many-chapters' });
    this.#chapters.push({ title: title.slice(0, titleCharactersMax), volume, file, lines: [] });
    this.#characters = 0;
  }

  #append(file: string, lines: readonly string[]): void {
    const chapter = this.#chapters.at(-1);
    for (const line of lines) {
      this.#characters += line.length + 1;
      if (this.#characters > this.#limits.chapterCharactersMax + titleCharactersMax) {
        throw new EpubRefused({
          reason: 'epub-chapter-too-long',
          title: chapter?.title ?? prefaceTitle,
          file,
        });
      }
      (chapter?.lines ?? this.#front).push(line);
    }
  }

  /** Raises `EpubRefused` for a book without any text. */
  finish({ title, author, introduction }: EpubPackage): PlannedBook {
    const front = readFrontMatter(this.#front);
    const leftOut: LeftOut[] = [...front.leftOut];
    const chapters: PlannedChapter[] = [];
    const add = (chapter: Pick<OpenChapter, 'title' | 'volume'>, text: string) => {
      const { volume } = chapter;
      const words = wordCount(text);
      chapters.push({
        ...{ number: chapters.length + 1, title: chapter.title, text, wordCount: words },
        ...(volume !== undefined && { volume }),
      });
    };
    const preface = textOf(front.preface);
    if (preface !== '') add({ title: prefaceTitle, volume: undefined }, preface);
    for (const chapter of this.#chapters) {
      const text = textOf(withoutTitle(chapter.lines, chapter.title));
      if (text === '') leftOut.push({ kind: 'empty-chapter', text: chapter.title });
      else add(chapter, text);
    }
    if (chapters.length === 0) throw new EpubRefused({ reason: 'no-text' });
    if (chapters.length > this.#limits.chaptersMax) throw new EpubRefused({ reason: 'too-many-chapters' });
    const named = { title: title ?? front.title, author: author ?? front.author };
    return {
      ...definedOf({ ...named, introduction: introduction ?? front.introduction }),
      encoding: 'epub',
      chapters,
      leftOut,
    };
  }
}

function definedOf(texts: Record<'title' | 'author' | 'introduction', string | undefined>) {
  const { title, author, introduction } = texts;
  return { ...(title && { title }), ...(author && { author }), ...(introduction && { introduction }) };
}

/** The lines below the heading, which repeats the title in one line or several. */
function withoutTitle(lines: readonly string[], title: string): readonly string[] {
  const wanted = title.replace(/\s/g, '');
  let read = '';
  for (const [i, line] of lines.entries()) {
    read += line.replace(/\s/g, '');
    if (read === wanted) return lines.slice(i + 1);
    if (!wanted.startsWith(read)) break;
  }
  return lines;
}

function textOf(lines: readonly string[]): string {
  return lines.join('\n').replace(/^\n+|\n+$/g, '');
}
