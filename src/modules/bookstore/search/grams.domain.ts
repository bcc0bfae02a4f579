/** Raised with every change of what follows: books are then indexed anew. */
export const gramsVersion = 1;

/** Introductions are searched so far; what follows is rarely what a book is about. */
const introductionCharactersMax = 1_000;
const wordShape = /[\p{L}\p{N}]+/gu;

/** One spelling for full and half width, for capitals and small letters. */
export function searchKey(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
}

export interface SearchedTexts {
  readonly title: string;
  readonly authorName: string;
  readonly tags: readonly string[];
  readonly introduction: string;
}

/** What a book is found by; each holds the one before it. */
export interface BookGrams {
  readonly title: readonly number[];
  /** Title, author and tags. */
  readonly names: readonly number[];
  /** All of it. A single character is looked for in names only: in prose nearly every book has it. */
  readonly whole: readonly number[];
}

export function gramsOfBook({ title, authorName, tags, introduction }: SearchedTexts): BookGrams {
  const inTitle = new Set(gramsOf(title, true));
  const inNames = new Set([
    ...inTitle,
    ...gramsOf(authorName, true),
    ...tags.flatMap((tag) => gramsOf(tag, true)),
  ]);
  const prose = [...introduction].slice(0, introductionCharactersMax).join('');
  return {
    title: [...inTitle],
    names: [...inNames],
    whole: [...new Set([...inNames, ...gramsOf(prose, false)])],
  };
}

/** All of these must be in a book. Empty: the text holds no letter and no digit, and finds nothing. */
export function gramsOfQuery(text: string): readonly number[] {
  const words = searchKey(text).match(wordShape) ?? [];
  return [...new Set(words.flatMap((word) => ([...word].length === 1 ? [hash(word)] : pairsOf(word))))];
}

/** Pairs of neighbouring characters within words, and the characters themselves where asked for. */
function gramsOf(text: string, withSingles: boolean): number[] {
  const words = searchKey(text).match(wordShape) ?? [];
  return words.flatMap((word) => [...pairsOf(word), ...(withSingles ? [...word].map(hash) : [])]);
}

function pairsOf(word: string): number[] {
  const characters = [...word];
  return characters.slice(1).map((character, before) => hash(`${characters[before]}${character}`));
}

/**
 * FNV-1a, 32 bits, as PostgreSQL's `integer`: half the size of texts, so that a book's row stays in its page. Two
 * grams that meet in one number make a search find a book too many at worst.
 */
function hash(gram: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < gram.length; at += 1) {
    value = Math.imul(value ^ gram.charCodeAt(at), 0x01000193);
  }
  return value | 0;
}
