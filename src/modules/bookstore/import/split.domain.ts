import type { Pause } from './encoding.domain.js';
import { isAdvertisement, type LeftOut, readFrontMatter } from './front-matter.domain.js';
import { type OutlineEntry, outlineOf } from './outline.domain.js';
import { cleanText, isRule, linesOf, scanMarks } from './scan.domain.js';

export interface SplitLimits {
  readonly chaptersMax: number;
  readonly chapterCharactersMax: number;
}

export interface SplitChapter {
  readonly volume?: string;
  readonly title: string;
  /** Paragraphs, a line each, without indents; at most one blank line between two. */
  readonly text: string;
}

export interface SplitBook {
  readonly title?: string;
  readonly author?: string;
  readonly introduction?: string;
  readonly chapters: readonly SplitChapter[];
  readonly leftOut: readonly LeftOut[];
}

export type SplitRefusal =
  | { readonly reason: 'no-text' }
  | { readonly reason: 'too-many-chapters' }
  /** `line` is the heading's, counted from 1. Without any heading the whole text is one chapter. */
  | { readonly reason: 'chapter-too-long'; readonly title: string; readonly line: number };

export type Split =
  | { readonly ok: true; readonly book: SplitBook }
  | { readonly ok: false; readonly refusal: SplitRefusal };

const prefaceTitle = '前言';
const soleChapterTitle = '正文';
const chaptersPerSlice = 500;

/**
 * Cuts a book into its chapters. Every line goes to exactly one place: a chapter's text, a heading, the
 * front matter, or `leftOut` with the reason.
 */
export async function splitBook(raw: string, limits: SplitLimits, pause: Pause): Promise<Split> {
  const text = await cleanText(raw, pause);
  // A table of contents and repeated headings can name each chapter three times.
  const marks = await scanMarks(text, limits.chaptersMax * 3, pause);
  const entries = marks && outlineOf(marks);
  if (!entries || entries.filter((entry) => entry.role === 'chapter').length > limits.chaptersMax) {
    return refuse({ reason: 'too-many-chapters' });
  }
  const frontTitle = entries.length > 0 ? prefaceTitle : soleChapterTitle;
  const frontLines = linesBeforeChapters(text, entries, limits.chapterCharactersMax);
  if (!frontLines) return refuse({ reason: 'chapter-too-long', title: frontTitle, line: 1 });
  const { preface, ...front } = readFrontMatter(frontLines);
  const leftOut = [...front.leftOut];
  const prefaceText = bodyOf(preface, entries.length === 0, leftOut);
  const chapters: SplitChapter[] = prefaceText === '' ? [] : [{ title: frontTitle, text: prefaceText }];
  const refusal = await cutChapters(text, entries, limits, chapters, leftOut, pause);
  if (refusal) return refuse(refusal);
  if (chapters.every((chapter) => chapter.text === '')) return refuse({ reason: 'no-text' });
  return { ok: true, book: { ...front, chapters, leftOut } };
}

function refuse(refusal: SplitRefusal): Split {
  return { ok: false, refusal };
}

/** What precedes the first heading, and what stands between the table of contents and the first chapter. */
function linesBeforeChapters(
  text: string,
  entries: readonly OutlineEntry[],
  charactersMax: number,
): string[] | undefined {
  const top = paragraphs(text, 0, entries[0]?.start ?? text.length, charactersMax);
  const last = entries.findLastIndex((entry) => entry.role === 'contents');
  if (last < 0 || !top) return top;
  const below = paragraphs(
    text,
    entries[last]?.end ?? 0,
    entries[last + 1]?.start ?? text.length,
    charactersMax,
  );
  return below && [...top, ...below];
}

/** Appends to `chapters` and `leftOut`; a chapter over the limit ends it. */
async function cutChapters(
  text: string,
  entries: readonly OutlineEntry[],
  limits: SplitLimits,
  chapters: SplitChapter[],
  leftOut: LeftOut[],
  pause: Pause,
): Promise<SplitRefusal | undefined> {
  let volume: string | undefined;
  let emptyVolume: string | undefined;
  const open = (next: string | undefined) => {
    if (next === volume) return;
    if (emptyVolume) leftOut.push({ kind: 'empty-volume', text: emptyVolume });
    volume = next;
    emptyVolume = next;
  };
  for (const [i, { role, heading, line, end }] of entries.entries()) {
    if (i % chaptersPerSlice === 0) await pause();
    if (role === 'contents') {
      leftOut.push({ kind: 'contents', text: heading.text });
      continue;
    }
    const lines = paragraphs(text, end, entries[i + 1]?.start ?? text.length, limits.chapterCharactersMax);
    if (!lines) return { reason: 'chapter-too-long', title: heading.text, line };
    const body = bodyOf(lines, i === entries.length - 1, leftOut);
    if (role === 'repeated') {
      leftOut.push({ kind: 'repeated-heading', text: heading.text });
      continue;
    }
    open(role === 'volume' ? heading.text : (heading.volume ?? volume));
    if (role === 'volume' && body === '') continue;
    emptyVolume = undefined;
    chapters.push({ title: heading.text, text: body, ...(volume && { volume }) });
  }
  open(undefined);
  return undefined;
}

/** The trimmed lines of a stretch, blank ones empty and never two in a row; nothing when it is too long. */
function paragraphs(text: string, from: number, to: number, charactersMax: number): string[] | undefined {
  const lines: string[] = [];
  let characters = 0;
  for (const { content } of linesOf(text, from, to)) {
    if (content === '' && (lines.at(-1) ?? '') === '') continue;
    characters += content.length + (lines.length > 0 ? 1 : 0);
    if (content !== '' && characters > charactersMax) return undefined;
    lines.push(content);
  }
  return lines;
}

/** Lines as a chapter's text, without rules at the edges, and without advertisements at the end of the book. */
function bodyOf(lines: readonly string[], endOfBook: boolean, leftOut: LeftOut[]): string {
  let [from, to] = [0, lines.length];
  const kindAt = (i: number, edge: boolean): LeftOut['kind'] | 'blank' | undefined => {
    const line = lines[i] ?? '';
    if (line === '') return 'blank';
    if (isRule(line)) return 'rule';
    return edge && isAdvertisement(line) ? 'advertisement' : undefined;
  };
  const drop = (i: number, kind: LeftOut['kind'] | 'blank') => {
    if (kind !== 'blank') leftOut.push({ kind, text: lines[i] ?? '' });
  };
  for (let kind = kindAt(from, false); from < to && kind; kind = kindAt(from, false)) drop(from++, kind);
  for (let kind = kindAt(to - 1, endOfBook); to > from && kind; kind = kindAt(to - 1, endOfBook))
    drop(--to, kind);
  return lines.slice(from, to).join('\n');
}
