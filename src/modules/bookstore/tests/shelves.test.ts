import { expect, it } from 'vitest';
import { healthy } from '../../../platform/kernel/index.js';
import { describeEachEngine, type OpenDatabase } from '../../../testing/databases.js';
import { novel } from '../../../testing/factories.js';
import { filePart, startBookstore } from './bookstore-harness.js';
import { closeShelves, publishAt } from './rows.repository.js';

const hourMs = 3_600_000;

/** Three books of one author, an hour apart, the middle one the longest. */
async function startWithBooks(open: OpenDatabase) {
  const store = await startBookstore(open);
  const user = await store.user('lin_daiyu');
  const ids: string[] = [];
  for (const [title, chapters] of [
    ['100%夜渡', 1],
    ['Rain_Book', 5],
    ['夜雨', 3],
  ] as const) {
    const parts = [filePart(novel(chapters, 100)), { name: 'title', content: title }];
    ids.push((await store.upload(user, parts)).body.bookId);
    store.clock.advance(hourMs);
  }
  const titles = async (query: string): Promise<string[]> =>
    (await store.get(`/books?${query}`)).body.items.map(({ title }: { title: string }) => title);
  return { store, user, ids, titles };
}

describeEachEngine('the shelves', (open) => {
  it('are sorted as asked for, and by pages show each book once in that order', async () => {
    const { store, titles } = await startWithBooks(open);
    const orders = {
      updated: ['夜雨', 'Rain_Book', '100%夜渡'],
      newest: ['夜雨', 'Rain_Book', '100%夜渡'],
      words: ['Rain_Book', '夜雨', '100%夜渡'],
    };
    for (const [sort, expected] of Object.entries(orders)) {
      expect(await titles(`sort=${sort}`)).toEqual(expected);
      const seen: string[] = [];
      let next = '';
      do {
        const { items, nextCursor } = (await store.get(`/books?limit=1&sort=${sort}${next}`)).body;
        seen.push(items[0].title);
        next = nextCursor === null ? '' : `&cursor=${nextCursor}`;
      } while (next !== '');
      expect(seen).toEqual(expected);
    }
    expect(await titles('')).toEqual(orders.updated);
  });

  it('are filtered by words of title and author, status and category, whatever characters they are', async () => {
    const { titles } = await startWithBooks(open);
    const cases: [Record<string, string>, string[]][] = [
      [{ q: '夜' }, ['夜雨', '100%夜渡']],
      [{ q: '陈一' }, ['夜雨', 'Rain_Book', '100%夜渡']],
      [{ q: 'rain' }, ['Rain_Book']],
      [{ q: '100％夜渡' }, ['100%夜渡']],
      [{ q: '%' }, []],
      [{ q: '_' }, []],
      [{ q: "';drop table books;--" }, []],
      [{ status: 'completed' }, []],
      [{ category: '悬疑' }, []],
      [{ q: '夜', status: 'serialising' }, ['夜雨', '100%夜渡']],
    ];
    for (const [filter, expected] of cases) {
      expect(await titles(new URLSearchParams(filter).toString()), JSON.stringify(filter)).toEqual(expected);
    }
  });

  it('do not show what is not yet published, nor its chapters, to the millisecond', async () => {
    const { store, ids, titles } = await startWithBooks(open);
    const [id = ''] = ids;
    const moment = new Date(store.clock.now().getTime() + hourMs);
    await publishAt(store.db, id, moment);
    store.clock.set(moment.getTime() - 1);
    expect(await titles('')).toHaveLength(2);
    expect(await store.get(`/books/${id}`)).toMatchObject({ status: 404, body: { code: 'book-not-found' } });
    expect(await store.get(`/books/${id}/chapters`)).toMatchObject({
      status: 404,
      body: { code: 'book-not-found' },
    });
    store.clock.set(moment);
    expect(await titles('')).toHaveLength(3);
    expect((await store.get(`/books/${id}/chapters`)).body.items).toHaveLength(1);
  });

  it('list the chapters of a book in order, by pages, without their text', async () => {
    const { store, ids } = await startWithBooks(open);
    const first = (await store.get(`/books/${ids[1]}/chapters?limit=3`)).body;
    const rest = (await store.get(`/books/${ids[1]}/chapters?limit=3&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...rest.items].map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(rest.nextCursor).toBeNull();
    expect(JSON.stringify(first)).not.toContain('雨停');
  });

  it('refuse a query that they do not know', async () => {
    const store = await startBookstore(open);
    const forged = (text: string) => Buffer.from(text).toString('base64url');
    const cases = [
      ['/books?limit=0', 'invalid-input'],
      ['/books?limit=101', 'invalid-input'],
      ['/books?sort=price', 'invalid-input'],
      ['/books?status=burnt', 'invalid-input'],
      ['/books?cursor=abc', 'invalid-cursor'],
      [`/books?cursor=${forged('["2025-13-01","x"]')}`, 'invalid-cursor'],
      [`/books?sort=words&cursor=${forged('[-1,"x"]')}`, 'invalid-cursor'],
      ['/books/1', 'invalid-input'],
      ['/books/1/chapters', 'invalid-input'],
    ] as const;
    for (const [url, code] of cases) {
      expect(await store.get(url), url).toMatchObject({ status: 400, body: { code } });
    }
  });

  it('know no book of an id that nobody has', async () => {
    const store = await startBookstore(open);
    const id = '0198b3d0-2c41-7a10-8f3e-5b6c7d8e9f01';
    expect((await store.get(`/books/${id}`)).status).toBe(404);
    expect(await store.books.chapter(id)).toBeUndefined();
    expect(await store.books.chapterText(id)).toBeUndefined();
    expect(await store.books.chapterBeginning(id, 10)).toBeUndefined();
  });

  it('are unhealthy when their tables do not answer', async () => {
    const store = await startBookstore(open);
    await store.service.initialize(AbortSignal.timeout(1_000));
    expect(await store.service.health()).toEqual(healthy);
    await closeShelves(store.db);
    await expect(store.service.health()).rejects.toThrow();
    await store.service.close();
  });
});
