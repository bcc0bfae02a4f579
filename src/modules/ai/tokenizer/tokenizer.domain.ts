/**
 * A run of one kind of character (letters, white space, the rest) is one piece for the encoder, whose
 * work grows with the square of a piece: 100 000 Chinese characters without a comma would take it half
 * a minute. Runs are therefore cut after this many characters, which adds a token at most at each cut.
 */
const runCharsMax = 256;
const runs = new RegExp(
  `[\\p{L}\\p{M}]{1,${runCharsMax}}|\\s{1,${runCharsMax}}|[^\\s\\p{L}\\p{M}]{1,${runCharsMax}}`,
  'gu',
);

/** The text in slices that the encoder takes in time proportional to their length; nearly always one. */
export function boundedSlices(text: string): string[] {
  const slices: string[] = [];
  let start = 0;
  for (const { 0: run, index } of text.matchAll(runs)) {
    if (run.length < runCharsMax) continue;
    slices.push(text.slice(start, index + run.length));
    start = index + run.length;
  }
  if (start < text.length) slices.push(text.slice(start));
  return slices;
}

const wide = /[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]|[\ud800-\udbff][\udc00-\udfff]/g;
const wideTokensThousandths = 1000;
const narrowTokensThousandths = 300;

/** Tokens of a text without the encoder: one for a Chinese character, 0.3 for a letter. Within a fifth for prose. */
export function estimateTokens(text: string): number {
  let wideCount = 0;
  let wideUnits = 0;
  for (const match of text.matchAll(wide)) {
    wideCount += 1;
    wideUnits += match[0].length;
  }
  const narrow = text.length - wideUnits;
  return Math.ceil((wideCount * wideTokensThousandths + narrow * narrowTokensThousandths) / 1000);
}

/** A stretch of text that is a whole number of characters, and the tokens it is made of. */
export interface TokenPiece {
  readonly text: string;
  readonly tokens: number;
}
