import type { Heading } from './heading.domain.js';
import type { Mark } from './scan.domain.js';

/**
 * - `volume`, `chapter`: opens one.
 * - `contents`: an entry of the table of contents at the top.
 * - `repeated`: the same heading twice in a row; the second one counts.
 */
export type Role = 'volume' | 'chapter' | 'contents' | 'repeated';

export interface OutlineEntry extends Mark {
  role: Role;
}

/** Tells which of the lines that may be headings are, and what they head. The others are text. */
export function outlineOf(marks: readonly Mark[]): OutlineEntry[] {
  const headings = withoutProse(marks.map((mark) => ({ ...mark })));
  const entries = withRoles(headings);
  const contents = contentsLength(entries);
  return entries.map((entry, i) => {
    if (i < contents) return { ...entry, role: 'contents' };
    const next = entries[i + 1];
    const repeated = next && !entry.followedByText && entry.role === next.role && isSame(entry, next, true);
    return repeated ? { ...entry, role: 'repeated' } : entry;
  });
}

/** Removes marks; what they were is then text of the mark before. */
function keep<M extends Mark>(marks: readonly M[], wanted: (mark: M) => boolean): M[] {
  const kept: M[] = [];
  for (const mark of marks) {
    if (wanted(mark)) kept.push(mark);
    else {
      const last = kept.at(-1);
      if (last) last.followedByText = true;
    }
  }
  return kept;
}

/**
 * A doubtful line (第四回中秋夜) is a heading where the book writes its headings in this way, or where
 * it carries exactly the next number.
 */
function withoutProse(marks: readonly Mark[]): Mark[] {
  const doubtful = marks.filter((mark) => !mark.heading.certain).length;
  if (doubtful * 2 >= marks.length) return [...marks];
  let last = 0;
  return keep(marks, ({ heading: { level, certain, number = 0 } }) => {
    if (!certain && number !== 1 && number !== last + 1) return false;
    if (level === 'chapter') last = number;
    return true;
  });
}

/** What a book calls chapters depends on the book: 章 or 回, else 节, else 卷 or 部. */
function withRoles(marks: readonly Mark[]): OutlineEntry[] {
  const has = (level: Heading['level']) => marks.some((mark) => mark.heading.level === level);
  const chapterLevel = has('chapter') ? 'chapter' : has('section') ? 'section' : 'volume';
  return keep(marks, ({ heading }) => heading.level !== 'section' || chapterLevel === 'section').map(
    (mark) => ({
      ...mark,
      role: mark.heading.level === 'volume' && chapterLevel !== 'volume' ? 'volume' : 'chapter',
    }),
  );
}

/**
 * How many entries belong to tables of contents at the top: headings with no text between them, until
 * the first of them comes again. The last one may be followed by a preface.
 */
function contentsLength(entries: readonly OutlineEntry[]): number {
  for (let from = 0; ; ) {
    const first = entries[from];
    if (!first) return from;
    let again = from + 1;
    while (again < entries.length && !isSame(entries[again] as OutlineEntry, first, false)) again += 1;
    if (again === entries.length || again - from < 2) return from;
    if (entries.slice(from, again - 1).some((entry) => entry.followedByText)) return from;
    from = again;
  }
}

/** A table of contents may shorten names, leave them out or add page numbers. */
function isSame(a: OutlineEntry, b: OutlineEntry, exactly: boolean): boolean {
  if (a.heading.level !== b.heading.level || a.heading.number !== b.heading.number) return false;
  if (a.heading.number === undefined && a.heading.level === 'special') {
    return withoutPage(a.heading.text) === withoutPage(b.heading.text);
  }
  const [nameA, nameB] = [withoutPage(a.heading.name), withoutPage(b.heading.name)];
  return nameA === nameB || (!exactly && (nameA === '' || nameB === ''));
}

function withoutPage(name: string): string {
  return name.replace(/[\s.…·]{2,}\d{1,6}$/, '').replace(/\s/g, '');
}
