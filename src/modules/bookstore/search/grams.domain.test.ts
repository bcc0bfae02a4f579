import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gramsOfBook, gramsOfQuery, searchKey } from './grams.domain.js';

const book = {
  title: '雪夜渡口的灯',
  authorName: '陈一',
  tags: ['悬疑', '民国'],
  introduction: '船夫说，灯灭的那一夜，河上没有风。',
};
const finds = (q: string, among: readonly number[]) => {
  const grams = gramsOfQuery(q);
  return grams.length > 0 && grams.every((gram) => among.includes(gram));
};

describe('the grams of a book', () => {
  it.each([
    ['渡口', true, true, true],
    ['灯', true, true, true],
    ['陈一', false, true, true],
    ['悬疑 陈一', false, true, true],
    ['雪夜 民国', false, true, true],
    ['船夫', false, false, true],
    ['船夫 渡口', false, false, true],
    ['风', false, false, false],
    ['口雪', false, false, false],
    ['火山', false, false, false],
  ])('%s is in its title: %s, its names: %s, the whole: %s', (q, title, names, whole) => {
    const grams = gramsOfBook(book);
    expect([finds(q, grams.title), finds(q, grams.names), finds(q, grams.whole)]).toEqual([
      title,
      names,
      whole,
    ]);
  });

  it('do not reach over punctuation, nor from one text into the next', () => {
    const grams = gramsOfBook({ ...book, title: '雪，夜' });
    expect([finds('雪夜', grams.whole), finds('夜陈', grams.whole)]).toEqual([false, false]);
  });

  it('are the same for full and half width, capitals and small letters', () => {
    const grams = gramsOfBook({ ...book, title: 'ＲＡＩＮ Book ２' });
    for (const q of ['rain', 'RAIN BOOK', 'ｂｏｏｋ', '2'])
      expect([q, finds(q, grams.title)]).toEqual([q, true]);
    expect(searchKey(' Ａ\u3000 b ')).toBe('a b');
  });

  it('of whatever stands in a title find it, for any text', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (title, from, length) => {
        const part = title.slice(from % title.length).slice(0, 1 + (length % 12));
        const grams = gramsOfQuery(part);
        const among = new Set(gramsOfBook({ ...book, title }).title);
        // A part that cuts a character in two is another text.
        fc.pre(part.isWellFormed?.() ?? true);
        fc.pre(searchKey(title).includes(searchKey(part)));
        expect(grams.filter((gram) => !among.has(gram))).toEqual([]);
      }),
    );
  });

  it('of an introduction end after its first thousand characters', () => {
    const grams = gramsOfBook({ ...book, introduction: `${'雨'.repeat(1_000)}船夫` });
    expect(finds('船夫', grams.whole)).toBe(false);
    expect(gramsOfQuery('！？…  ')).toEqual([]);
  });
});
