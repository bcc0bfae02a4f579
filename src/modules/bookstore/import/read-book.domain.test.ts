import { existsSync, readFileSync } from 'node:fs';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { readBook } from './read-book.domain.js';

const limits = { chaptersMax: 20_000, chapterCharactersMax: 100_000 };
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

async function accepted(bytes: Uint8Array) {
  const result = await readBook(bytes, limits, breathe);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.book;
}

it('chapters are numbered by their place and counted without white space', async () => {
  const book = await accepted(
    iconv.encode('夜渡\n作者：陈一\n第七章 雨\n　　雨停了。\n第八章 船\n　　船 来了。', 'GB18030'),
  );
  expect(book).toMatchObject({
    encoding: 'GB18030',
    title: '夜渡',
    author: '陈一',
    chapters: [
      { number: 1, title: '第七章 雨', text: '雨停了。', wordCount: 4 },
      { number: 2, title: '第八章 船', text: '船 来了。', wordCount: 4 },
    ],
  });
});

it('a refusal of the decoder or of the split is handed on', async () => {
  expect(await readBook(new Uint8Array(), limits, breathe)).toEqual({
    ok: false,
    refusal: { reason: 'empty' },
  });
  expect(await readBook(Buffer.from('第一章'), limits, breathe)).toEqual({
    ok: false,
    refusal: { reason: 'no-text' },
  });
});

it('50 MB are read in slices of at most 250 ms of work, so that others get their turn', async () => {
  const chapter = (i: number) =>
    `第${i}章 夜渡\n${'　　雨停的时候，天已经黑了。他把伞收起来。\n'.repeat(90)}`;
  const bytes = Buffer.from(Array.from({ length: 9_000 }, (_, i) => chapter(i + 1)).join(''));
  // Time on the processor: what else the machine does is not this code's doing.
  const workMs = () => process.cpuUsage().user / 1_000;
  let [longestMs, last] = [0, workMs()];
  const result = await readBook(bytes, limits, async () => {
    longestMs = Math.max(longestMs, workMs() - last);
    last = workMs();
  });
  longestMs = Math.max(longestMs, workMs() - last);
  expect(bytes.length).toBeGreaterThan(45_000_000);
  expect(result.ok && result.book.chapters).toHaveLength(9_000);
  expect(longestMs).toBeLessThan(250);
});

const novel = new URL('../../../../../shared/data/hongloumeng.txt', import.meta.url);
const there = existsSync(novel);

describe.skipIf(!there)(
  `a real novel${there ? '' : ' (skipped: ../shared/data/hongloumeng.txt is not there)'}`,
  () => {
    const text = there ? readFileSync(novel, 'utf8') : '';

    it('has its 120 chapters, none empty, none missing, and all of its text', async () => {
      const book = await accepted(Buffer.from(text));
      expect(book.encoding).toBe('UTF-8');
      expect(book.chapters).toHaveLength(120);
      expect(book.chapters[0]?.title).toBe('第一回 甄士隐梦幻识通灵 贾雨村风尘怀闺秀');
      expect(book.chapters[91]?.title).toBe('第九十二回 评女传巧姐慕贤良 玩母珠贾政参聚散');
      expect(book.chapters[119]?.title).toBe('第一百二十回 甄士隐详说太虚情 贾雨村归结红楼梦');
      expect(Math.min(...book.chapters.map((c) => c.wordCount))).toBeGreaterThan(3_000);
      const squeezed = (s: string) => s.replace(/[\s#]/g, '');
      const rebuilt = book.chapters.map((c) => `${c.title}----${c.text}`).join('');
      expect(squeezed(rebuilt)).toBe(squeezed(text));
    });

    it('is the same book in GB18030 and UTF-16', async () => {
      const utf8 = await accepted(Buffer.from(text));
      for (const [encoding, bytes] of [
        ['GB18030', iconv.encode(text, 'GB18030')],
        ['UTF-16LE', iconv.encode(text, 'UTF-16LE', { addBOM: true })],
      ] as const) {
        expect(await accepted(bytes)).toEqual({ ...utf8, encoding });
      }
    });

    it('without its headings is refused in one clear answer', async () => {
      const prose = text.replace(/^###.*$/gm, '');
      expect(await readBook(Buffer.from(prose), limits, breathe)).toEqual({
        ok: false,
        refusal: { reason: 'chapter-too-long', title: '正文', line: 1 },
      });
    });
  },
);
