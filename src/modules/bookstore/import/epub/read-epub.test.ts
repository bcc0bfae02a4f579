import { describe, expect, it } from 'vitest';
import {
  container,
  epubOf,
  mimetype,
  packageOf,
  pageOf,
  type ZipFile,
  zipOf,
} from '../../tests/epub-file.js';
import { isArchive, readEpub } from './read-epub.js';

const limits = {
  chaptersMax: 20_000,
  chapterCharactersMax: 2_000,
  entriesMax: 25_000,
  unpackedBytesMax: 40_000_000,
};
const breathe = async () => {};
const read = (bytes: Uint8Array, changes: Partial<typeof limits> = {}) =>
  readEpub(bytes, { ...limits, ...changes }, breathe);

async function bookOf(bytes: Uint8Array) {
  const result = await read(bytes);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.book;
}

async function refusalOf(bytes: Uint8Array, changes: Partial<typeof limits> = {}) {
  const result = await read(bytes, changes);
  return result.ok ? 'read' : result.refusal;
}

const chapters = [
  { title: '第一章 渡口', text: '雨停了。\n\n他收起伞。' },
  { title: '第二章 船', text: '船 < 桥 & 岸。' },
];
const page = (name: string, content: string): ZipFile => ({ name: `OEBPS/${name}`, content });
const book = (...files: ZipFile[]) => zipOf([mimetype, container, ...files]);
const withPage = (content: string) => book(packageOf(['a.xhtml']), page('a.xhtml', content));

describe('an EPUB', () => {
  it.each(['nav', 'ncx', 'none'] as const)(
    'is read in the order of its spine, its chapters by %s',
    async (toc) => {
      const bytes = epubOf(chapters, toc);
      expect(isArchive(bytes)).toBe(true);
      expect(await bookOf(bytes)).toEqual({
        ...{ encoding: 'epub', title: '夜渡', author: '陈一', leftOut: [] },
        chapters: [
          { number: 1, title: '第一章 渡口', text: '雨停了。\n\n他收起伞。', wordCount: 9 },
          { number: 2, title: '第二章 船', text: '船 < 桥 & 岸。', wordCount: 6 },
        ],
      });
    },
  );

  it('of one page is cut at the places that its contents name; what is nested is in volumes', async () => {
    const nav = `<nav epub:type="landmarks"><ol><li><a href="x.xhtml">封面</a></li></ol></nav><nav epub:type="toc"><ol>
      <li><a href="a.xhtml#v1">卷一</a><ol><li><a href="a.xhtml#v1">第一章</a></li><li><a href="a.xhtml#c2">第二章</a></li></ol></li>
      <li><span>卷二</span><ol><li><a href="a.xhtml#c3">第三章</a></li></ol></li></ol></nav>`;
    const text =
      '<body><div id="v1"><h1>第一章</h1><p>甲</p></div><h1 id="c2">第二章</h1>乙<br/>丙<p>丁</p><section id="c3"><p>戊</p></section></body>';
    const item = '<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>';
    const files = [packageOf(['a.xhtml'], item), page('nav.xhtml', nav), page('a.xhtml', text)];
    expect((await bookOf(book(...files))).chapters).toMatchObject([
      { title: '第一章', volume: '卷一', text: '甲' },
      { title: '第二章', volume: '卷一', text: '乙\n丙\n丁' },
      { title: '第三章', volume: '卷二', text: '戊' },
    ]);
  });

  it('keeps text and leaves the rest: scripts, styles, readings of ruby, pictures', async () => {
    const content = `<html><head><title>x</title><style>p {}</style></head><body><h2>第一章</h2><script>steal()</script>
      <p>青<ruby>羽<rt>yu</rt></ruby>&nbsp;网&hellip;<![CDATA[<b>]]></p><svg><text>no</text></svg><img alt="no" src="x"/></body></html>`;
    expect((await bookOf(withPage(content))).chapters).toMatchObject([{ text: '青羽\u00a0网…<b>' }]);
  });

  it('never resolves what a document declares: no file, no address, no swelling', async () => {
    const content = `<?xml version="1.0"?><!DOCTYPE html [<!ENTITY secret SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa">
      <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><html><body><h2>第一章</h2><p>甲&secret;乙&b;丙</p></body></html>`;
    expect((await bookOf(withPage(content))).chapters).toMatchObject([{ text: '甲&secret;乙&b;丙' }]);
  });

  it('puts what comes before the first chapter in front, and what is not listed behind the chapter before', async () => {
    const item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>';
    const ncx =
      '<ncx><navMap><navPoint><navLabel><text>第一章</text></navLabel><content src="b.xhtml"/></navPoint></navMap></ncx>';
    const pages = ['a', 'b', 'c', 'd'].map((name) => `${name}.xhtml`);
    const files = [
      page('toc.ncx', ncx),
      page('a.xhtml', '<p>献给读者</p><p>一切如旧</p>'),
      page('b.xhtml', '<p>甲</p>'),
      page('c.xhtml', '<p>乙</p>'),
      page('d.xhtml', '<h2>第二章 名</h2><p>丙</p>'),
    ];
    expect((await bookOf(book(packageOf(pages, item), ...files))).chapters).toMatchObject([
      { title: '前言', text: '献给读者\n一切如旧' },
      { title: '第一章', text: '甲\n乙' },
      { title: '第二章 名', text: '丙' },
    ]);
  });

  it('of 10 000 pages is read whole', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ title: `第${i + 1}章`, text: `正文${i}` }));
    const read = (await bookOf(epubOf(many))).chapters;
    expect([read.length, read.at(-1)?.title, read.at(-1)?.text]).toEqual([10_000, '第10000章', '正文9999']);
  });

  it('whose fonts alone are hidden is read', async () => {
    const encryption = (algorithm: string) => ({
      name: 'META-INF/encryption.xml',
      content: `<encryption><enc:EncryptedData><enc:EncryptionMethod Algorithm="${algorithm}"/></enc:EncryptedData></encryption>`,
    });
    const files = [packageOf(['a.xhtml']), page('a.xhtml', pageOf('第一章', '甲'))];
    const fonts = encryption('http://www.idpf.org/2008/embedding');
    expect((await bookOf(book(...files, fonts))).chapters).toHaveLength(1);
    const text = encryption('http://www.w3.org/2001/04/xmlenc#aes128-cbc');
    expect(await refusalOf(book(...files, text))).toEqual({ reason: 'epub-protected' });
  });
});

describe('an archive that is no book is refused with its reason', () => {
  const good = page('a.xhtml', pageOf('第一章', '甲'));
  const opf = packageOf(['a.xhtml']);
  const cases: [string, Uint8Array, object][] = [
    ['no archive at all', Buffer.from('PK\x03\x04 and so on'), { reason: 'epub-damaged', file: '' }],
    ['cut short', epubOf(chapters).subarray(0, 900), { reason: 'epub-damaged', file: '' }],
    [
      'a wrong mimetype',
      zipOf([{ ...mimetype, content: 'application/zip' }, container, opf, good]),
      { reason: 'not-epub' },
    ],
    ['any other archive', zipOf([{ name: 'a.txt', content: '甲' }]), { reason: 'not-epub' }],
    [
      'no container',
      zipOf([mimetype, opf, good]),
      { reason: 'epub-incomplete', file: 'META-INF/container.xml' },
    ],
    ['no package', book(good), { reason: 'epub-incomplete', file: 'OEBPS/book.opf' }],
    ['a missing page', book(opf), { reason: 'epub-incomplete', file: 'OEBPS/a.xhtml' }],
    [
      'a name outside of it',
      book(opf, good, { name: '../../etc/cron', content: '' }),
      { reason: 'epub-damaged', file: '' },
    ],
    [
      'an absolute name',
      book(opf, good, { name: '/etc/passwd', content: '' }),
      { reason: 'epub-damaged', file: '' },
    ],
    ['a name twice', book(opf, good, good), { reason: 'epub-damaged', file: 'OEBPS/a.xhtml' }],
    ['an encrypted page', book(opf, { ...good, encrypted: true }), { reason: 'epub-protected' }],
    [
      'a licence',
      book(opf, good, { name: 'META-INF/rights.xml', content: '<r/>' }),
      { reason: 'epub-protected' },
    ],
    ['a wrong checksum', book(opf, { ...good, crc: 1 }), { reason: 'epub-damaged', file: 'OEBPS/a.xhtml' }],
    ['a wrong size', book(opf, { ...good, size: 3 }), { reason: 'epub-damaged', file: 'OEBPS/a.xhtml' }],
    [
      'an archive for a page',
      book(opf, { ...good, content: epubOf(chapters) }),
      { reason: 'epub-damaged', file: 'OEBPS/a.xhtml' },
    ],
    [
      'nesting without end',
      withPage('<div>'.repeat(100_000)),
      { reason: 'epub-damaged', file: 'OEBPS/a.xhtml' },
    ],
    ['no text', withPage('<h2>第一章</h2>'), { reason: 'no-text' }],
    ['a page outside of it', book(packageOf(['../../../etc/passwd'])), { reason: 'no-text' }],
    ['a page on the net', book(packageOf(['http://192.0.2.1/a.xhtml'])), { reason: 'no-text' }],
    [
      'a chapter too long',
      withPage(pageOf('第一章', '长'.repeat(2_500))),
      { reason: 'epub-chapter-too-long', title: '第一章', file: 'OEBPS/a.xhtml' },
    ],
  ];
  it.each(cases)('%s', async (_name, bytes, refusal) => {
    expect(await refusalOf(bytes)).toEqual(refusal);
  });

  it('a bomb, by its ratio, by its size or by the number of its files, before it goes off', async () => {
    const swollen = withPage(' '.repeat(30_000_000));
    expect(swollen.length).toBeLessThan(50_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusalOf(swollen)).toEqual({ reason: 'epub-too-large' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    const often = epubOf(Array.from({ length: 20 }, () => ({ title: '章', text: '长'.repeat(1_000) })));
    expect(await refusalOf(often, { unpackedBytesMax: 30_000 })).toEqual({ reason: 'epub-too-large' });
    expect(await refusalOf(often, { entriesMax: 10 })).toEqual({ reason: 'epub-too-large' });
    expect(await refusalOf(often, { chaptersMax: 9 })).toEqual({ reason: 'too-many-chapters' });
  });
});
