import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SplitBook, type SplitLimits, splitBook } from './split.domain.js';

const limits: SplitLimits = { chaptersMax: 20_000, chapterCharactersMax: 100_000 };
const noPause = async () => {};

async function split(text: string, overrides: Partial<SplitLimits> = {}): Promise<SplitBook> {
  const result = await splitBook(text, { ...limits, ...overrides }, noPause);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
  return result.book;
}

async function refusal(text: string, overrides: Partial<SplitLimits> = {}) {
  const result = await splitBook(text, { ...limits, ...overrides }, noPause);
  return result.ok ? 'accepted' : result.refusal;
}

const titles = (book: SplitBook) => book.chapters.map((chapter) => chapter.title);

describe('chapters', () => {
  it('begin at their headings, keep their paragraphs and lose their indents', async () => {
    const book = await split(
      '第一章 上山\r\n\r\n　　雪停了。\r\n　　他出了门。\r\n\r\n\r\n　　风很大。\r\n第二章 下山\r\n　　天黑了。',
    );
    expect(book.chapters).toEqual([
      { title: '第一章 上山', text: '雪停了。\n他出了门。\n\n风很大。' },
      { title: '第二章 下山', text: '天黑了。' },
    ]);
  });

  it('a line of prose that begins with a number of a chapter stays in the text', async () => {
    const book = await split(
      '### 第四回 上\n正文四。\n### 第五回 下\n第四回中既将诸事略已表明，此回暂可不写矣。\n第四回旧事重提\n第一回合他就输了。',
    );
    expect(titles(book)).toEqual(['第四回 上', '第五回 下']);
    expect(book.chapters[1]?.text).toContain('第四回旧事重提');
  });

  it('titles written right after the number are headings where the book writes them so, gaps and all', async () => {
    const book = await split('第1章陨落的天才\n一。\n第2章中秋夜\n二。\n第9章客人\n九。');
    expect(titles(book)).toEqual(['第1章陨落的天才', '第2章中秋夜', '第9章客人']);
  });

  it('sections within chapters are text, sections alone are chapters', async () => {
    expect(titles(await split('第一章 甲\n第一节 子\n文。\n第二节 丑\n文。'))).toEqual(['第一章 甲']);
    expect(titles(await split('第一节 子\n文。\n第二节 丑\n文。'))).toEqual(['第一节 子', '第二节 丑']);
  });

  it('volumes are named at their chapters, and alone they are the chapters', async () => {
    const book = await split(
      '第一卷 春\n第一章 甲\n文。\n第二卷 秋\n卷首语。\n第一章 乙\n文。\n第三卷 冬 第二章 丙\n文。',
    );
    expect(book.chapters).toEqual([
      { volume: '第一卷 春', title: '第一章 甲', text: '文。' },
      { volume: '第二卷 秋', title: '第二卷 秋', text: '卷首语。' },
      { volume: '第二卷 秋', title: '第一章 乙', text: '文。' },
      { volume: '第三卷 冬', title: '第二章 丙', text: '文。' },
    ]);
    expect(titles(await split('卷一\n文。\n卷二\n文。'))).toEqual(['卷一', '卷二']);
  });

  it('prologue, epilogue and extras stand beside them', async () => {
    const book = await split('楔子\n文。\n第一章 甲\n文。\n尾声\n文。\n番外一：旧信\n文。');
    expect(titles(book)).toEqual(['楔子', '第一章 甲', '尾声', '番外一：旧信']);
  });

  it('a heading written twice in a row counts once', async () => {
    const book = await split('第一章 甲\n第一章 甲\n文。\n第二章 乙\n\n----\n第二章 乙\n文。');
    expect(titles(book)).toEqual(['第一章 甲', '第二章 乙']);
    expect(book.leftOut.map(({ kind }) => kind)).toEqual(['repeated-heading', 'rule', 'repeated-heading']);
  });

  it('one without text among others keeps its place', async () => {
    expect((await split('第一章 甲\n文。\n第二章 乙\n第三章 丙\n文。')).chapters[1]).toEqual({
      title: '第二章 乙',
      text: '',
    });
  });

  it('English ones too', async () => {
    const book = await split(
      'Chapter 1: Rain\nIt rained.\nChapter 2 was still far away.\nCHAPTER II\nIt stopped.',
    );
    expect(titles(book)).toEqual(['Chapter 1: Rain', 'CHAPTER II']);
  });

  it('rules around a chapter go, rules within stay', async () => {
    const book = await split('第一章 甲\n------\n一。\n* * *\n二。\n======\n第二章 乙\n三。');
    expect(book.chapters[0]?.text).toBe('一。\n* * *\n二。');
    expect(book.leftOut).toHaveLength(2);
  });
});

describe('a table of contents at the top is no chapter', () => {
  const body = '第一章 甲\n文一。\n第二章 乙\n文二。\n第三章 丙\n文三。';
  it.each([
    ['plain', '目录\n第一章 甲\n第二章 乙\n第三章 丙\n'],
    ['with pages', '目录\n第一章 甲 ...... 1\n第二章 乙 ...... 20\n第三章 丙 ...... 300\n\n======\n'],
    ['without names', '第1章\n第2章\n第3章\n正文\n'],
    ['shortened', '第一章 甲\n第二章 乙\n'],
  ])('%s', async (_, contents) => {
    const book = await split(contents + body);
    expect(titles(book)).toEqual(['第一章 甲', '第二章 乙', '第三章 丙']);
    expect(book.chapters.map((chapter) => chapter.text)).toEqual(['文一。', '文二。', '文三。']);
  });

  it('and a preface after it is a preface', async () => {
    const book = await split(`第一章 甲\n第二章 乙\n第三章 丙\n\n写在前面的话。\n\n${body}`);
    expect(book.chapters[0]).toEqual({ title: '前言', text: '写在前面的话。' });
    expect(book.chapters).toHaveLength(4);
  });

  it('of several volumes whose chapters begin again at one', async () => {
    const contents = '第一卷 春\n第一章\n第二章\n第二卷 秋\n第一章\n第二章\n';
    const book = await split(
      `${contents}第一卷 春\n第一章\n文。\n第二章\n文。\n第二卷 秋\n第一章\n文。\n第二章\n文。`,
    );
    expect(book.chapters.map(({ volume, title }) => `${volume} ${title}`)).toEqual([
      '第一卷 春 第一章',
      '第一卷 春 第二章',
      '第二卷 秋 第一章',
      '第二卷 秋 第二章',
    ]);
  });

  it('but chapters that begin again at one in each volume stay', async () => {
    const book = await split('第一章\n文。\n第二卷\n第一章\n文。\n第二章\n文。');
    expect(titles(book)).toEqual(['第一章', '第一章', '第二章']);
  });
});

describe('front matter and the tail', () => {
  it.each([
    ['书名：夜渡\n作者：陈一', '夜渡', '陈一'],
    ['《夜渡》 作者：陈一', '夜渡', '陈一'],
    ['书名：《夜渡》\n\n作者: 陈一', '夜渡', '陈一'],
    ['夜渡\n作者：陈一', '夜渡', '陈一'],
    ['《夜渡》', '夜渡', undefined],
    ['夜渡', '夜渡', undefined],
  ])('%j names title and author', async (front, title, author) => {
    const book = await split(`${front}\n\n第一章 甲\n文。`);
    expect([book.title, book.author, titles(book)]).toEqual([title, author, ['第一章 甲']]);
  });

  it('an introduction is none of the chapters, other text is a preface', async () => {
    const book = await split(
      '夜渡\n作者：陈一\n\n感谢各位。\n\n内容简介：\n一条船。\n一个人。\n\n第一章 甲\n文。',
    );
    expect(book.introduction).toBe('一条船。\n一个人。');
    expect(book.chapters[0]).toEqual({ title: '前言', text: '感谢各位。' });
  });

  it('advertisements at the end and before the first chapter are left out and named', async () => {
    const book = await split(
      '更多免费小说请访问 www.example.com\n第一章 甲\n他说：“www 是什么？”\n第二章 乙\n文。\n（全书完）\n\n------\n本书由某某论坛整理下载\nhttp://example.com',
    );
    expect(book.chapters.at(-1)?.text).toBe('文。\n（全书完）');
    expect(book.chapters[0]?.text).toBe('他说：“www 是什么？”');
    expect(book.leftOut.filter(({ kind }) => kind === 'advertisement')).toHaveLength(3);
  });
});

describe('unusual files', () => {
  it('without headings are one chapter', async () => {
    expect((await split('雪停了。\n他出了门。')).chapters).toEqual([
      { title: '正文', text: '雪停了。\n他出了门。' },
    ]);
  });

  it('10 000 headings', async () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `第${i + 1}章 名${i + 1}\n　　文${i + 1}。`).join(
      '\n',
    );
    const book = await split(text);
    expect(book.chapters).toHaveLength(10_000);
    expect(book.chapters[9_999]).toEqual({ title: '第10000章 名10000', text: '文10000。' });
  });

  it('headings and nothing else, white space, nothing', async () => {
    expect(await refusal('第一章 甲\n第二章 乙\n第三章 丙')).toEqual({ reason: 'no-text' });
    expect(await refusal(' \n\u3000\n\t')).toEqual({ reason: 'no-text' });
    expect(await refusal('')).toEqual({ reason: 'no-text' });
  });

  it('more chapters than allowed, one more and exactly as many', async () => {
    const chapters = (n: number) => Array.from({ length: n }, (_, i) => `第${i + 1}章\n文`).join('\n');
    expect(await refusal(chapters(11), { chaptersMax: 10 })).toEqual({ reason: 'too-many-chapters' });
    expect(await refusal(chapters(1_000), { chaptersMax: 10 })).toEqual({ reason: 'too-many-chapters' });
    expect((await split(chapters(10), { chaptersMax: 10 })).chapters).toHaveLength(10);
  });

  it('a chapter longer than allowed is named with its line', async () => {
    const text = `序章\n文。\n第一章 甲\n${'长'.repeat(101)}`;
    expect(await refusal(text, { chapterCharactersMax: 100 })).toEqual({
      reason: 'chapter-too-long',
      title: '第一章 甲',
      line: 3,
    });
    expect(
      (await split(`第一章\n${'长'.repeat(100)}\n\n`, { chapterCharactersMax: 100 })).chapters,
    ).toHaveLength(1);
    expect(await refusal('长'.repeat(101), { chapterCharactersMax: 100 })).toMatchObject({
      title: '正文',
      line: 1,
    });
  });

  it('control and steering characters disappear, CR and Unicode line ends are line ends', async () => {
    const book = await split(
      '第一章 甲\r他\u0000\u0007说\u202e。\u2028走\u200b了。\u0085第二章 乙\r\n文\ufeff。',
    );
    expect(book.chapters).toEqual([
      { title: '第一章 甲', text: '他说。\n走了。' },
      { title: '第二章 乙', text: '文。' },
    ]);
  });

  it.each([
    ['spaces', ' '.repeat(2_000_000)],
    ['wide spaces and a letter', `${'\u3000'.repeat(2_000_000)}x`],
    ['line ends', '\n'.repeat(2_000_000)],
    ['carriage returns', '\r'.repeat(2_000_000)],
    ['rules', `${'-'.repeat(100)}\n`.repeat(20_000)],
    ['one heading again and again', '第一章\n'.repeat(60_001)],
    ['two headings in turn', '第一章\n第二章\n'.repeat(29_000)],
    ['volumes', Array.from({ length: 59_000 }, (_, i) => `卷${i}`).join('\n')],
    ['hashes', '#'.repeat(2_000_000)],
    ['one line', '第'.repeat(2_000_000)],
  ])('2 MB of %s take less than two seconds', async (_, text) => {
    const started = performance.now();
    await splitBook(text, limits, noPause);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('nothing of the text is lost or doubled', () => {
  const word = fc.string({
    unit: fc.constantFrom(...'他说雪停了天黑走在路上，：“”'),
    minLength: 1,
    maxLength: 20,
  });
  const heading = fc.tuple(
    fc.constantFrom('第%章', '第%回', '### 第%章', 'Chapter %', '第%卷', '第%节', '番外%'),
    fc.constantFrom('', ' 夜渡', '：你是谁？'),
  );
  const line = fc.oneof(
    { weight: 5, arbitrary: word },
    { weight: 2, arbitrary: heading },
    { weight: 1, arbitrary: fc.constantFrom('', '\u3000', '----', '第四回中既将诸事表明，不写矣。') },
  );

  it('in any order of headings, prose, rules and blank lines', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 60 }), async (lines) => {
        // A serial number makes each line unique, so that it can be looked for.
        const source = lines.map((l, i) =>
          typeof l === 'string' ? prose(l, i) : l.join('').replace('%', String(i + 1)),
        );
        const result = await splitBook(source.join('\n'), limits, noPause);
        if (!result.ok) {
          expect(result.refusal.reason).toBe('no-text');
          return;
        }
        const { book } = result;
        const found = [
          book.title,
          book.author,
          book.introduction,
          ...book.leftOut.map(({ text }) => text),
          ...book.chapters.flatMap(({ title, text }) => [title, ...text.split('\n')]),
        ].filter((text): text is string => !!text && text !== '前言' && text !== '正文');
        const volumes = new Set(book.chapters.map(({ volume }) => volume));
        for (const text of source.map(visible).filter(Boolean)) {
          const times = found.filter((f) => visible(f) === text).length;
          if (isUnique(text)) expect(times + (times === 0 && volumes.has(text) ? 1 : 0), text).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of any text without headings', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 3, maxLength: 80 }), async (words) => {
        const text = words.map((w) => `他${w}`).join('\n');
        expect(squeezed((await split(text)).chapters.map((c) => c.text).join(''))).toBe(squeezed(text));
      }),
    );
  });
});

const prose = (text: string, i: number) => (/[\p{L}]/u.test(text) ? `${text}·${i}` : text);
const visible = (text: string) => text.replace(/^#+\s*/, '').trim();
const isUnique = (text: string) => /\d/.test(text);
const squeezed = (text: string) => text.replace(/\s/g, '');
