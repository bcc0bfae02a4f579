import { describe, expect, it } from 'vitest';
import { localeOf, nicknameOf } from './profile.domain.js';

describe('a nickname', () => {
  it.each([
    ['潇湘妃子', '潇湘妃子'],
    ['  Lin  Daiyu ', 'Lin  Daiyu'],
    ['cafe\u0301', 'caf\u00e9'],
    ['😀'.repeat(30), '😀'.repeat(30)],
    ['👨‍👩‍👧', '👨‍👩‍👧'],
    ['a', 'a'],
  ])('%j is kept as %j', (text, kept) => {
    expect(nicknameOf(text)).toBe(kept);
  });

  it.each([
    ['nothing', ''],
    ['spaces', ' \u3000\u00a0 '],
    ['31 characters', '花'.repeat(31)],
    ['a line break within', 'a\nb'],
    ['a control character', 'a\u0007b'],
    ['an override of direction', 'a\u202egnp.exe'],
    ['an isolate of direction', 'a\u2066b'],
    ['half a character', 'a\ud800'],
    ['a line separator', 'a\u2028b'],
    ['nothing that can be seen', '\u200b\u200d'],
    ['a mark on nothing', '\u0301'],
  ])('is none with %s', (_what, text) => {
    expect(nicknameOf(text)).toBeUndefined();
  });
});

it.each([
  ['zh-cn', 'zh-CN'],
  ['EN', 'en'],
  ['zh-hant-tw', 'zh-Hant-TW'],
  ['', undefined],
  ['zh_CN', undefined],
  ['a', undefined],
  ['en\u0000', undefined],
])('%j is the locale %j', (tag, locale) => {
  expect(localeOf(tag)).toBe(locale);
});
