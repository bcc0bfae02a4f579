import { expect, it } from 'vitest';
import { plainLine, plainTags, plainText } from './plain-text.domain.js';

it('a line has no line ends, control or steering characters, and no white space at its ends', () => {
  expect(plainLine('\u202e 夜\u0007渡 \r\n\t 二\u200b ')).toBe('夜渡 二');
  expect(plainLine(' \u3000\ufeff\u200b\n')).toBe('');
  expect(plainLine('半个\ud83d字')).toBe('半个\ufffd字');
});

it('a text is paragraphs, a line each, with one blank line between two at most', () => {
  expect(plainText('\n\n　　一\r\n\r\n\r\n\r\n  二  \r三\u2028四\n ')).toBe('一\n\n二\n三\n四');
  expect(plainText('\u0007 \n\u200b')).toBe('');
});

it('tags are there once, and only those that can be seen', () => {
  expect(plainTags(['江湖', ' 江湖 ', '\u200b', '成长'])).toEqual(['江湖', '成长']);
});
