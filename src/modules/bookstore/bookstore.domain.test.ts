import { describe, expect, it } from 'vitest';
import { offerOf, wordCount } from './bookstore.domain.js';

describe('word count', () => {
  it.each([
    ['', 0],
    ['雪停了。', 4],
    [' 雪\u3000停 \n了\t。\u00a0', 4],
    ['𠮷野家', 3],
    ['It rained.', 9],
  ])('%j has %i characters', (text, count) => {
    expect(wordCount(text)).toBe(count);
  });
});

describe('price', () => {
  const rules = { freeChapters: 3, coinsPerThousandCharacters: 5 };
  it.each([
    [3, 7_000, 'free', 0],
    [4, 7_000, 'paid', 35],
    [4, 7_001, 'paid', 36],
    [4, 1, 'paid', 1],
    [4, 0, 'free', 0],
  ] as const)('chapter %i of %i characters is %s at %i coins', (number, words, access, priceCoins) => {
    expect(offerOf({ number, wordCount: words }, rules)).toEqual({ access, priceCoins });
  });
});
