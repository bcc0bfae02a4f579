import type { Pause } from '../encoding.domain.js';
import { plainCharacters } from '../scan.domain.js';
import { readMarkup } from './markup.js';

/** A stretch of a page: from its beginning, or from one of the elements that were asked for, to the next. */
export interface Stretch {
  /** '' for the beginning of the page. */
  readonly id: string;
  /** The first heading in it. */
  heading: string | undefined;
  /** Trimmed lines; an empty paragraph is a blank one. */
  readonly lines: string[];
}

const unread = new Set(['head', 'script', 'style', 'svg', 'math', 'template', 'rt', 'rp', 'title']);
const headings = new Set(['h1', 'h2', 'h3']);
const blocks = new Set(
  'address article aside blockquote body caption center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);

/** Reads the text of a page, cut at the elements whose id is in `starts`. */
export async function readPage(
  file: { readonly name: string; readonly bytes: Uint8Array },
  starts: ReadonlySet<string>,
  pause: Pause,
): Promise<Stretch[]> {
  const page = new PageText(starts);
  await readMarkup({ ...file, syntax: 'html' }, page, pause);
  page.finish();
  return page.stretches;
}

class PageText {
  readonly stretches: Stretch[] = [{ id: '', heading: undefined, lines: [] }];
  readonly #starts: ReadonlySet<string>;
  #line = '';
  #unreadDepth = 0;
  #headingDepth = 0;

  constructor(starts: ReadonlySet<string>) {
    this.#starts = starts;
  }

  open(name: string, { id }: Readonly<Record<string, string>>): void {
    if (unread.has(name)) this.#unreadDepth += 1;
    if (this.#unreadDepth > 0) return;
    // What precedes it are the remains of declarations.
    if (name === 'body') this.#line = '';
    const begins = id !== undefined && this.#starts.has(id);
    if (begins || blocks.has(name)) this.#endLine();
    if (begins) this.stretches.push({ id, heading: undefined, lines: [] });
    if (headings.has(name)) this.#headingDepth += 1;
    if (name === 'br') this.#endLine();
  }

  text(text: string): void {
    if (this.#unreadDepth === 0) this.#line += text;
  }

  close(name: string): void {
    if (unread.has(name)) this.#unreadDepth -= 1;
    if (this.#unreadDepth > 0) return;
    if (blocks.has(name)) this.#endLine(name === 'p');
    if (headings.has(name)) this.#headingDepth -= 1;
  }

  finish(): void {
    this.#endLine();
  }

  #endLine(blankCounts = false): void {
    const line = plainCharacters(this.#line)
      .replace(/[ \t\n]+/g, ' ')
      .trim();
    // An empty paragraph between two others is a blank line; the end of a full one was its line.
    const wasWritten = this.#line !== '';
    this.#line = '';
    const stretch = this.stretches.at(-1) as Stretch;
    if (line !== '') {
      stretch.lines.push(line);
      if (this.#headingDepth > 0) stretch.heading ??= line;
    } else if (blankCounts && wasWritten && (stretch.lines.at(-1) ?? '') !== '') stretch.lines.push('');
  }
}
