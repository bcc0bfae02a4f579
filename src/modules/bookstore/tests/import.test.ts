import { existsSync, readFileSync } from 'node:fs';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { novel } from '../../../testing/factories.js';
import { type Bookstore, filePart, startBookstore } from './bookstore-harness.js';
import { countRows } from './rows.repository.js';

const chaptersOf = async (store: Bookstore, bookId: string, query = '') =>
  (await store.get(`/books/${bookId}/chapters${query}`)).body;

describeEachEngine('an import', (open) => {
  it('makes a book of a file and an author of its reader', async () => {
    const store = await startBookstore(open);
    const user = await store.user('lin_daiyu');
    const answer = await store.upload(user, [filePart(iconv.encode(novel(5, 1_001), 'GB18030'))]);
    const { bookId } = answer.body;
    expect(answer).toMatchObject({ status: 201, body: { title: '夜渡', chapters: 5 } });
    expect(answer.headers.location).toBe(`/api/v1/books/${bookId}`);
    expect((await store.get(`/books/${bookId}`)).body).toMatchObject({
      title: '夜渡',
      author: { id: user, name: '陈一' },
      status: 'serialising',
      vipLibrary: false,
      chapterCount: 5,
      wordCount: 5_005,
      publishedAt: store.clock.now().toISOString(),
      version: 1,
    });
    const { items } = await chaptersOf(store, bookId);
    expect(items).toHaveLength(5);
    expect(items[2]).toMatchObject({
      number: 3,
      title: '第3章 名3',
      access: 'free',
      price: 0,
      wordCount: 1_001,
    });
    expect(items[3]).toMatchObject({ number: 4, access: 'paid', price: 6 });
    expect(await store.books.chapterText(items[4].id)).toMatch(/^雨停的时候/);
    expect(await store.books.chapterBeginning(items[4].id, 4)).toBe('雨停的时');
    expect((await store.accounts.get(user))?.roles).toEqual(['author', 'reader']);
  });

  it('as a preview shows the split and changes nothing', async () => {
    const store = await startBookstore(open);
    const user = await store.user('lin_daiyu');
    const answer = await store.upload(
      user,
      [filePart(`${novel(2, 10)}\n本书由某某论坛整理下载`)],
      '?preview=true',
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      title: '夜渡',
      author: '陈一',
      introduction: null,
      encoding: 'UTF-8',
      chapters: [
        { number: 1, volume: null, title: '第1章 名1', wordCount: 10 },
        { number: 2, volume: null, title: '第2章 名2', wordCount: 10 },
      ],
      leftOut: [{ kind: 'advertisement', text: '本书由某某论坛整理下载' }],
    });
    expect(await countRows(store.db)).toMatchObject({ books: 0, chapters: 0, texts: 0 });
    expect((await store.accounts.get(user))?.roles).toEqual(['reader']);
  });

  it('sent twice, and ten times at once, is one book', async () => {
    const store = await startBookstore(open, { import: { ...limits, concurrentMax: 20 } });
    const user = await store.user('lin_daiyu');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => store.upload(user, [filePart(novel(4))])),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.bookId)).size).toBe(1);
    expect(await countRows(store.db)).toMatchObject({ books: 1, chapters: 4, texts: 4 });
    const again = await store.upload(user, [filePart(novel(4))]);
    expect(again).toMatchObject({ status: 200, body: { bookId: answers[0]?.body.bookId, chapters: 4 } });
  });

  it('of the same file under another title, or for another author, is a book of its own', async () => {
    const store = await startBookstore(open);
    const [one, two] = [await store.user('lin_daiyu'), await store.user('jia_baoyu')];
    await store.upload(one, [filePart(novel(1))]);
    const titled = await store.upload(one, [filePart(novel(1)), { name: 'title', content: ' 夜渡·新编 ' }]);
    const other = await store.upload(two, [filePart(novel(1))]);
    expect(titled).toMatchObject({ status: 201, body: { title: '夜渡·新编' } });
    expect(other.status).toBe(201);
    expect((await countRows(store.db)).books).toBe(3);
  });

  it('over a real connection is carried out after the upload is read to its end', async () => {
    const store = await startBookstore(open);
    const user = await store.user('lin_daiyu');
    const body = new FormData();
    body.set('title', '夜渡');
    body.set('file', new Blob([novel(1_200, 100)]), '书.txt');
    const response = await fetch(`${await store.listen()}/api/v1/author/books/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user}` },
      body,
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ title: '夜渡', chapters: 1_200 });
  });

  it('that ends in between leaves nothing', async () => {
    const store = await startBookstore(open);
    const user = await store.user('lin_daiyu');
    const gone = new AbortController();
    const progress = ({ label }: { label: string }) => {
      if (label === 'saving chapters') gone.abort(new Error('the caller went away'));
    };
    const run = store.command.run(
      { author: 'lin_daiyu', preview: false },
      { file: Buffer.from(novel(1_200, 10)), signal: gone.signal, progress },
    );
    await expect(run).rejects.toThrow('the caller went away');
    expect(await countRows(store.db)).toMatchObject({ books: 0, chapters: 0, texts: 0 });
    expect((await store.accounts.get(user))?.roles).toEqual(['reader']);
  });

  it('of 10 000 chapters keeps each of them in its place', async () => {
    const store = await startBookstore(open);
    const user = await store.user('lin_daiyu');
    const { body } = await store.upload(user, [filePart(novel(10_000, 20))]);
    expect(body.chapters).toBe(10_000);
    const page = await chaptersOf(
      store,
      body.bookId,
      `?limit=2&cursor=${Buffer.from('[9998]').toString('base64url')}`,
    );
    expect(page).toMatchObject({
      items: [{ number: 9_999 }, { number: 10_000, title: '第10000章 名10000' }],
      nextCursor: null,
    });
    expect(await countRows(store.db)).toMatchObject({ books: 1, chapters: 10_000, texts: 10_000 });
  });

  const novelFile = new URL('../../../../../shared/data/hongloumeng.txt', import.meta.url);
  const there = existsSync(novelFile);
  it.skipIf(!there)(
    `of a real novel takes less than 3 s${there ? '' : ' (skipped: ../shared/data/hongloumeng.txt is not there)'}`,
    async () => {
      const store = await startBookstore(open);
      const user = await store.user('lin_daiyu');
      const file = readFileSync(novelFile);
      const started = performance.now();
      const answer = await store.upload(user, [filePart(file, '红楼梦.txt')]);
      const tookMs = performance.now() - started;
      expect(answer).toMatchObject({ status: 201, body: { title: '红楼梦', chapters: 120 } });
      expect(tookMs).toBeLessThan(3_000);
      const { items } = await chaptersOf(store, answer.body.bookId, '?limit=100');
      expect(items[4]).toMatchObject({
        number: 5,
        title: '第五回 贾宝玉神游太虚境 警幻仙曲演红楼梦',
        access: 'paid',
      });
    },
  );
});

const limits = {
  fileBytesMax: 1_000_000,
  chaptersMax: 100,
  chapterCharactersMax: 1_000,
  epubEntriesMax: 100,
  epubUnpackedBytesMax: 1_000_000,
  concurrentMax: 1,
  retryAfterSeconds: 7,
  timeLimitSeconds: 120,
};

describeEachEngine('a request to import', (open) => {
  const start = async () => {
    const store = await startBookstore(open, { import: limits });
    return { store, user: await store.user('lin_daiyu') };
  };

  it('that cannot be carried out is refused with the reason, and nothing is saved', async () => {
    const { store, user } = await start();
    const file = (content: Uint8Array | string) => [filePart(content)];
    const cases: [string, number, Parameters<typeof store.upload>[1]][] = [
      ['import-file-missing', 400, []],
      ['import-file-missing', 400, [{ name: 'title', content: '夜渡' }]],
      ['import-part-unknown', 400, [filePart(novel(1)), { name: 'author', content: 'x' }]],
      ['import-part-unknown', 400, [filePart(novel(1)), { name: 'title', content: ' ' }]],
      ['import-part-unknown', 400, [filePart(novel(1)), { name: 'title', content: 'x'.repeat(101) }]],
      ['import-part-unknown', 400, [{ name: 'file', content: novel(1) }]],
      ['import-too-large', 413, file('长'.repeat(400_000))],
      ['import-empty', 422, file('')],
      ['import-empty', 422, file('第一章\n第二章')],
      ['import-not-text', 422, file('%PDF-1.7 and so on')],
      ['import-epub-damaged', 422, file('PK\u0003\u0004 and so on')],
      ['import-encoding-unknown', 422, file(iconv.encode('Où est-elle passée? Très loin.', 'windows-1252'))],
      ['import-damaged', 422, file(Buffer.concat([Buffer.from(novel(9)), Buffer.from([0xff])]))],
      ['import-too-many-chapters', 422, file(novel(101, 10))],
      ['import-chapter-too-long', 422, file(novel(2, 1_001))],
    ];
    for (const [code, status, parts] of cases) {
      expect(await store.upload(user, parts), code).toMatchObject({ status, body: { code } });
    }
    expect((await store.upload(undefined, file(novel(1)))).status).toBe(401);
    expect(await countRows(store.db)).toMatchObject({ books: 0, chapters: 0, texts: 0 });
  });

  it('without a title in the text is called as its file, without the folders', async () => {
    const { store, user } = await start();
    for (const [fileName, expected] of [
      ['../somewhere/红楼梦.txt', '红楼梦'],
      ['C:\\books\\夜渡.v2.TXT', '夜渡.v2'],
      ['.txt', '未命名作品'],
    ]) {
      const { body } = await store.upload(user, [filePart(novel(1, 10, ''), fileName)], '?preview=true');
      expect(body.title).toBe(expected);
    }
  });
});

describeEachEngine('the command import-book', (open) => {
  const io = (text: string) => ({
    file: Buffer.from(text),
    fileName: '红楼梦.txt',
    signal: new AbortController().signal,
    steps: [] as { label: string; done: number; total: number }[],
    progress(step: { label: string; done: number; total: number }) {
      this.steps.push(step);
    },
  });

  it('imports for the named account and reports each step to its end', async () => {
    const store = await startBookstore(open);
    const user = await store.user('jia_baoyu');
    const run = io(novel(700, 10, ''));
    const result = await store.command.run(
      { author: 'JIA_BAOYU', preview: false },
      { ...run, progress: run.progress.bind(run) },
    );
    expect(result).toMatchObject({ title: '红楼梦', chapters: 700, created: true });
    expect(
      (await store.books.chapter((await chaptersOf(store, String(result.bookId))).items[0].id))?.book
        .authorId,
    ).toBe(user);
    expect(run.steps.filter(({ label }) => label === 'saving chapters').map(({ done }) => done)).toEqual([
      500, 700,
    ]);
    expect(store.command.describe?.(result)).toEqual([
      'Imported 《红楼梦》, 700 chapters.',
      `Book id: ${result.bookId}`,
    ]);
  });

  it('shows a preview and saves nothing', async () => {
    const store = await startBookstore(open);
    const result = await store.command.run({ author: 'nobody', preview: true }, io(novel(1, 10)));
    expect(store.command.describe?.(result)).toEqual([
      '《夜渡》, UTF-8, 1 chapters. Nothing was saved.',
      '     1  第1章 名1  (10)',
    ]);
    expect((await countRows(store.db)).books).toBe(0);
  });

  it('names an account that does not exist', async () => {
    const store = await startBookstore(open);
    const run = store.command.run({ author: 'nobody', preview: false }, io(novel(1)));
    await expect(run).rejects.toMatchObject({ code: 'import-author-unknown' });
  });
});

describe('the demo book', () => {
  describeEachEngine('seeded', (open) => {
    it('twice at once and again is one book with free and locked chapters', async () => {
      const store = await startBookstore(open);
      await store.user('demo_author');
      const seeds = await Promise.all([store.demoLibrary.seed(), store.demoLibrary.seed()]);
      seeds.push(await store.demoLibrary.seed());
      expect(seeds.filter(({ created }) => created)).toHaveLength(1);
      const { body } = await store.get('/books');
      expect(body.items).toMatchObject([{ id: seeds[0]?.bookId, status: 'completed' }]);
      const { items } = await chaptersOf(store, body.items[0].id);
      expect(items.length).toBeGreaterThanOrEqual(8);
      expect(items.map(({ access }: { access: string }) => access).slice(0, 4)).toEqual([
        'free',
        'free',
        'free',
        'paid',
      ]);
      for (const { wordCount } of items) expect(wordCount).toBeGreaterThan(500);
    });
  });
});
