import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeading } from './heading.domain.js';
import { englishNumberValue, numeralValue } from './numeral.domain.js';

describe('numbers of headings', () => {
  it.each([
    ['12', 12],
    ['〇', 0],
    ['两', 2],
    ['十', 10],
    ['十二', 12],
    ['二十', 20],
    ['廿一', 21],
    ['卅', 30],
    ['百零三', 103],
    ['一百一', 101],
    ['一百一十', 110],
    ['一百二十', 120],
    ['一〇三', 103],
    ['二〇二四', 2024],
    ['两千零五', 2005],
    ['一万二千三百四十五', 12_345],
    ['壹佰貳拾', 120],
  ])('%s is %i', (text, value) => {
    expect(numeralValue(text)).toBe(value);
  });

  it.each(['', 'x', '一x', '12345678'])('%j is no number', (text) => {
    expect(numeralValue(text)).toBeUndefined();
  });

  it('every number from 1 to 9 999 in plain Chinese comes back as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999 }), (number) => {
        expect(numeralValue(inChinese(number))).toBe(number);
      }),
    );
  });

  it.each([
    ['7', 7],
    ['XII', 12],
    ['xlix', 49],
    ['Twelve', 12],
  ])('%s is %i', (text, value) => {
    expect(englishNumberValue(text)).toBe(value);
  });

  it.each(['', 'IIII', 'banana'])('%j is no English number', (text) => {
    expect(englishNumberValue(text)).toBeUndefined();
  });
});

describe('a heading is known by its line', () => {
  it.each([
    ['### 第一回 甄士隐梦幻识通灵 贾雨村风尘怀闺秀', 'chapter', 1, '甄士隐梦幻识通灵 贾雨村风尘怀闺秀'],
    ['第十二回', 'chapter', 12, ''],
    ['第12章', 'chapter', 12, ''],
    ['第１２章　夜渡', 'chapter', 12, '夜渡'],
    ['第 12 章 夜渡', 'chapter', 12, '夜渡'],
    ['第百零三章：夜渡', 'chapter', 103, '夜渡'],
    ['第两百章、你是谁？', 'chapter', 200, '你是谁？'],
    ['第廿一话 夜渡！', 'chapter', 21, '夜渡！'],
    ['第一章（上）', 'chapter', 1, '（上）'],
    ['【第三章 夜渡】', 'chapter', 3, '夜渡'],
    ['正文 第三章 夜渡', 'chapter', 3, '夜渡'],
    ['＃＃ 第三章 夜渡 ＃＃', 'chapter', 3, '夜渡'],
    ['第三节 夜渡', 'section', 3, '夜渡'],
    ['第一卷 风起', 'volume', 1, '风起'],
    ['卷一 风起', 'volume', 1, '风起'],
    ['卷之三', 'volume', 3, ''],
    ['第二部', 'volume', 2, ''],
    ['Chapter 12', 'chapter', 12, ''],
    ['CHAPTER XII: The Crossing', 'chapter', 12, 'The Crossing'],
    ['Chapter Twelve - The Crossing', 'chapter', 12, 'The Crossing'],
    ['Volume 2', 'volume', 2, ''],
    ['楔子', 'special', undefined, ''],
    ['序章 雨', 'special', undefined, '雨'],
    ['番外一：旧信', 'special', 1, '旧信'],
    ['尾声', 'special', undefined, ''],
    ['Prologue', 'special', undefined, ''],
  ])('%s', (line, level, number, name) => {
    expect(parseHeading(line)).toMatchObject({ level, name, certain: true, ...(number && { number }) });
  });

  it('a title that follows the number directly may be prose, so the neighbours decide', () => {
    expect(parseHeading('第1章陨落的天才')).toMatchObject({ number: 1, name: '陨落的天才', certain: false });
    expect(parseHeading('第十二章中秋夜')).toMatchObject({ number: 12, name: '中秋夜', certain: false });
  });

  it('a volume and a chapter in one line are that chapter, in that volume', () => {
    expect(parseHeading('第一卷 风起 第三章 夜渡')).toMatchObject({
      level: 'chapter',
      number: 3,
      name: '夜渡',
      volume: '第一卷 风起',
    });
  });

  it.each([
    '第四回中既将薛家母子在荣府中寄居等事略已表明，此回暂可不写矣。',
    '第四回中的事',
    '第一回合他就输了',
    '第三部分',
    '第二节课',
    '第一季度的账',
    '第三章的内容他早就忘了，',
    '“第三章 夜渡”',
    '他翻到第三章',
    '第二天',
    '第一次见面',
    '第三个人',
    '第章',
    '卷起袖子',
    '卷一起来',
    '序幕拉开了',
    '前言不搭后语',
    '尾声渐渐低了下去。',
    'Chapter 12 was long.',
    'Chapter books are for children.',
    'Partly cloudy',
    'part of the plan',
    '',
    `第一章 ${'长'.repeat(100)}`,
  ])('%s is no heading', (line) => {
    expect(parseHeading(line)).toBeUndefined();
  });
});

function inChinese(number: number): string {
  let text = '';
  let gap = false;
  for (const [unit, name] of [
    [1_000, '千'],
    [100, '百'],
    [10, '十'],
    [1, ''],
  ] as const) {
    const digit = Math.floor(number / unit) % 10;
    if (digit === 0) gap = text !== '';
    else {
      text += `${gap ? '零' : ''}${'一二三四五六七八九'[digit - 1]}${name}`;
      gap = false;
    }
  }
  return text;
}
