import { plainCharacters } from '../import/scan.domain.js';

/** A text as one line: control and invisible steering characters gone, white space made one, none at the ends. */
export function plainLine(text: string): string {
  return plainCharacters(text.toWellFormed()).replace(/\s+/g, ' ').trim();
}

/** A text as paragraphs, a line each, without indents; at most one blank line between two. */
export function plainText(text: string): string {
  return plainCharacters(text.toWellFormed())
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** Tags as lines, each once, the empty ones left out. */
export function plainTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map(plainLine))].filter((tag) => tag !== '');
}
