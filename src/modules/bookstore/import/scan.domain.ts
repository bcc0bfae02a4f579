import type { Pause } from './encoding.domain.js';
import { type Heading, headingCharactersMax, parseHeading } from './heading.domain.js';

/** A line that may be a heading, and where it stands. */
export interface Mark {
  readonly heading: Heading;
  /** Counted from 1, for messages. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** Whether anything but blank lines and rules stands between it and the next mark. */
  followedByText: boolean;
}

const charactersPerSlice = 1_000_000;
const linesPerSlice = 100_000;

/** Line ends made one, control and invisible steering characters removed. */
export function plainCharacters(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}\u200b\ufeff]/gu, '');
}

/** `plainCharacters` of a long text, slice by slice. */
export async function cleanText(text: string, pause: Pause): Promise<string> {
  let clean = '';
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + charactersPerSlice, text.length);
    // Neither a CRLF nor a surrogate pair may be cut in two.
    if (/[\r\ud800-\udbff]/.test(text.charAt(end - 1))) end = Math.min(end + 1, text.length);
    clean += plainCharacters(text.slice(at, end));
    at = end;
    await pause();
  }
  return clean;
}

export interface Line {
  readonly start: number;
  readonly end: number;
  /** Without the white space around it; indents of two wide spaces are presentation. */
  readonly content: string;
}

export function* linesOf(text: string, from = 0, to = text.length): Generator<Line> {
  for (let start = from; start < to; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 || newline > to ? to : newline;
    yield { start, end, content: text.slice(start, end).trim() };
    start = end + 1;
  }
}

/** A line that only separates: `----`, `* * *`, `======`. */
export function isRule(content: string): boolean {
  return content.length <= 120 && /^[-=_*~#—–─━…·.・＊－＝☆★◇◆ \u3000]{3,}$/.test(content);
}

/** Sorts out, at little cost, the lines that cannot be headings. */
const mayBeHeading =
  /^[#＃【[〔 \u3000]*(?:正文|VIP|[第卷序自代楔引前尾终終后後跋附番外大完上]|[cvbpsea][a-z]{3})/i;

/** All lines that may be headings, in order; nothing when there are more than `marksMax`. */
export async function scanMarks(text: string, marksMax: number, pause: Pause): Promise<Mark[] | undefined> {
  const marks: Mark[] = [];
  let number = 0;
  for (const { start, end, content } of linesOf(text)) {
    number += 1;
    if (number % linesPerSlice === 0) await pause();
    const candidate = content.length <= headingCharactersMax && mayBeHeading.test(content);
    const heading = candidate ? parseHeading(content) : undefined;
    if (heading) {
      if (marks.length === marksMax) return undefined;
      marks.push({ heading, line: number, start, end, followedByText: false });
    } else if (content !== '' && !isRule(content)) {
      const last = marks.at(-1);
      if (last) last.followedByText = true;
    }
  }
  return marks;
}
