import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { type Decoded, decodeText, type Encoding } from './encoding.domain.js';

const noPause = async () => {};
const decode = (bytes: Uint8Array | number[]) => decodeText(Uint8Array.from(bytes), noPause);
const refused = (result: Decoded) => (result.ok ? 'accepted' : result.refusal.reason);

const simplified =
  '雨停的时候，天已经黑了。陈渡把伞收起来，站在码头上看那条船。船上没有灯，也没有人，只有一只旧木箱，上面写着他父亲的名字。';
const traditional =
  '雨停的時候，天已經黑了。陳渡把傘收起來，站在碼頭上看那條船。船上沒有燈，也沒有人，只有一隻舊木箱，上面寫著他父親的名字。';

const marks = {
  'UTF-8': [0xef, 0xbb, 0xbf],
  'UTF-16LE': [0xff, 0xfe],
  'UTF-16BE': [0xfe, 0xff],
  GB18030: [0x84, 0x31, 0x95, 0x33],
} as const;

describe('a text is read in the encoding it was written in', () => {
  const cases: [string, string, Encoding][] = [
    ['simplified UTF-8', simplified, 'UTF-8'],
    ['traditional UTF-8', traditional, 'UTF-8'],
    ['simplified GB18030', simplified, 'GB18030'],
    ['traditional GB18030', traditional, 'GB18030'],
    ['traditional Big5', traditional, 'Big5'],
  ];
  it.each(cases)('%s', async (_, text, encoding) => {
    expect(await decode(iconv.encode(text, encoding))).toEqual({ ok: true, text, encoding });
  });

  it.each(Object.entries(marks))('with a byte order mark: %s', async (encoding, mark) => {
    const bytes = [...mark, ...iconv.encode(simplified, encoding, { addBOM: false })];
    expect(await decode(bytes)).toEqual({ ok: true, text: simplified, encoding });
  });

  it.each([
    ['你好', 'GB18030'],
    ['一个人', 'GB18030'],
    ['第十二回 他来了', 'GB18030'],
    ['第一章 上山', 'GB18030'],
    ['第十二回 他來了', 'Big5'],
    ['你好嗎？', 'Big5'],
  ] as const)('short: %s in %s', async (text, encoding) => {
    expect(await decode(iconv.encode(text, encoding))).toEqual({ ok: true, text, encoding });
  });

  it('every window of 20 characters in its own encoding, and never in the other', async () => {
    for (const [text, encoding] of [
      [simplified, 'GB18030'],
      [traditional, 'GB18030'],
      [traditional, 'Big5'],
    ] as const) {
      for (let at = 0; at + 20 <= text.length; at += 1) {
        const window = text.slice(at, at + 20);
        expect(await decode(iconv.encode(window, encoding))).toEqual({ ok: true, text: window, encoding });
      }
    }
  });

  it('English with a few accents is UTF-8, plain ASCII too', async () => {
    for (const text of ['The café was closed. Noël came.', 'Chapter 1\nIt rained.']) {
      expect(await decode(Buffer.from(text))).toEqual({ ok: true, text, encoding: 'UTF-8' });
    }
  });

  it('a Chinese text that only begins after a long ASCII licence', async () => {
    const text = `${'All rights reserved. '.repeat(10_000)}\n${simplified}`;
    expect(await decode(iconv.encode(text, 'GB18030'))).toEqual({ ok: true, text, encoding: 'GB18030' });
  });

  it('characters that straddle two slices of a long file', async () => {
    const text = `x${simplified.repeat(60_000)}`;
    for (const encoding of ['UTF-8', 'GB18030'] as const) {
      const result = await decodeText(iconv.encode(text, encoding), noPause);
      expect(result.ok && result.encoding === encoding && result.text === text).toBe(true);
    }
  });

  it('a replacement character that the author wrote is text, not damage', async () => {
    const text = `${simplified}\ufffd${simplified}`;
    expect(await decode(Buffer.from(text))).toEqual({ ok: true, text, encoding: 'UTF-8' });
    const wide = [0xff, 0xfe, ...iconv.encode(text, 'UTF-16LE', { addBOM: false })];
    expect(await decode(wide)).toEqual({ ok: true, text, encoding: 'UTF-16LE' });
  });

  it('any text comes back unchanged from UTF-8 and from UTF-16 with a mark', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (text) => {
        const bytes = [0xfe, 0xff, ...iconv.encode(text, 'UTF-16BE', { addBOM: false })];
        expect(await decode(bytes)).toEqual({ ok: true, text, encoding: 'UTF-16BE' });
        const marked = [...marks['UTF-8'], ...Buffer.from(text)];
        expect(await decode(marked)).toEqual({ ok: true, text, encoding: 'UTF-8' });
      }),
    );
  });
});

describe('what cannot be read for certain is refused, never guessed', () => {
  it('nothing at all', async () => {
    expect(refused(await decode([]))).toBe('empty');
  });

  it.each([
    ['a ZIP or EPUB', Buffer.from('PK\u0003\u0004 rest')],
    ['a PDF', Buffer.from('%PDF-1.7 rest')],
    ['RTF', Buffer.from('{\\rtf1 rest}')],
    ['HTML', Buffer.from('<!doctype html><p>x</p>')],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0xd, 0x49])],
    ['UTF-16 without a mark', iconv.encode('It rained all day.', 'UTF-16LE', { addBOM: false })],
  ])('%s is not plain text', async (_, bytes) => {
    expect(refused(await decode(bytes))).toBe('not-text');
  });

  it.each([
    ['windows-1252', 'Voilà, déjà vu! Où est-elle passée? Très loin…'],
    ['euc-kr', '비가 그쳤을 때 하늘은 이미 어두웠다. 그는 우산을 접고 부두에 서서 배를 바라보았다.'],
    ['shift_jis', '雨がやんだとき、空はもう暗かった。彼は傘をたたみ、桟橋に立って船を見ていた。'],
    ['windows-1251', 'Когда дождь прекратился, уже стемнело. Он закрыл зонт.'],
  ])('%s is none of the supported encodings', async (encoding, text) => {
    expect(refused(await decode(iconv.encode(text, encoding)))).toBe('unknown-encoding');
  });

  it.each(['UTF-8', 'GB18030'] as const)(
    'one broken byte in a long %s text is named by its offset',
    async (encoding) => {
      const bytes = iconv.encode(simplified.repeat(50), encoding);
      const offset = iconv.encode(simplified.repeat(20), encoding).length;
      const broken = Buffer.concat([bytes.subarray(0, offset), Buffer.from([0xff]), bytes.subarray(offset)]);
      expect(await decode(broken)).toEqual({ ok: false, refusal: { reason: 'damaged', encoding, offset } });
    },
  );

  it('UTF-16 cut in the middle of a character', async () => {
    const bytes = [...marks['UTF-16LE'], 0x2d, 0x4e, 0x87];
    expect(await decode(bytes)).toEqual({
      ok: false,
      refusal: { reason: 'damaged', encoding: 'UTF-16LE', offset: 4 },
    });
  });

  it('random bytes are refused or read without a single lost character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const result = await decode(bytes);
        expect(result.ok && result.text.includes('\ufffd') && !isUtf8(bytes)).toBe(false);
      }),
    );
  });
});
