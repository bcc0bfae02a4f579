/** A reproducible sequence of numbers in [0, 1) (mulberry32). */
export function randomSequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** With order 3 alone a short text is only quoted; a share of order 2 makes it wander. */
const thirdOrderShare = 0.6;

/**
 * Continues a text for ever, character by character, by what followed the last three or two characters
 * elsewhere in it. The corpus itself is the table: the successor is looked up behind the next occurrence
 * after a random place, so a hundred streams need no hundred tables. Needs a non-empty corpus; the same
 * corpus and sequence give the same text.
 */
export function* continuation(corpus: string, random: () => number): Generator<string, never> {
  let tail = corpus.slice(-3);
  for (;;) {
    const order = random() < thirdOrderShare ? 3 : 2;
    const from = Math.floor(random() * corpus.length);
    const next = characterAt(corpus, successor(corpus, tail.slice(-order), from));
    tail = (tail + next).slice(-3);
    yield next;
  }
}

/** The place behind an occurrence of the context, or of its shorter ends, or anywhere. */
function successor(corpus: string, context: string, from: number): number {
  for (let ending = context; ending.length > 0; ending = ending.slice(1)) {
    const found = occurrence(corpus, ending, from);
    if (found >= 0) return found + ending.length;
  }
  return from;
}

/** The next occurrence at or after `from`, going round, that something follows; -1 without one. */
function occurrence(corpus: string, context: string, from: number): number {
  const after = corpus.indexOf(context, from);
  if (after >= 0 && after + context.length < corpus.length) return after;
  const first = corpus.indexOf(context);
  return first >= 0 && first + context.length < corpus.length ? first : -1;
}

const lowSurrogate = /^[\udc00-\udfff]$/;

/** The whole character at a place, also when the place is in the middle of one; never half of one. */
function characterAt(corpus: string, place: number): string {
  const start = place > 0 && lowSurrogate.test(corpus.charAt(place)) ? place - 1 : place;
  const character = String.fromCodePoint(corpus.codePointAt(start) as number);
  return /\p{Surrogate}/u.test(character) ? '\ufffd' : character;
}

/** Ends of a sentence, with the quotation mark that closes it. */
export const sentenceEnd = /[。！？…!?.][”’」』"']?$/;
