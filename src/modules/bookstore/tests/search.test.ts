import { expect, it } from 'vitest';
import { describeEachEngine, type OpenDatabase } from '../../../testing/databases.js';
import { insertUser } from '../../../testing/users.repository.js';
import { BookSearch } from '../search/book-search.js';
import { startBookstore } from './bookstore-harness.js';
import { insertBook, publishAt } from './rows.repository.js';

const shelf = [
  { title: '渡口', introduction: '一条河。' },
  { title: '渡口的灯', introduction: '船夫与雨。' },
  { title: '雪夜', authorName: '渡口先生', introduction: '山中。' },
  { title: '长安', tags: ['渡口'], introduction: '城里。' },
  { title: '江湖', introduction: '他在渡口等了十年。' },
  { title: '火山', introduction: '与河无关。' },
];

async function startWithShelf(open: OpenDatabase) {
  const store = await startBookstore(open);
  const author = await insertUser(store.db, store.clock.now());
  const search = new BookSearch(store);
  const ids: string[] = [];
  for (const book of shelf) {
    ids.push(await insertBook(store.db, { ...book, authorId: author, now: store.clock.now() }));
    store.clock.advance(1_000);
  }
  const index = () => search.indexMissing(new AbortController().signal);
  const titles = async (query: Record<string, string>): Promise<string[]> =>
    (await store.get(`/books?${new URLSearchParams(query)}`)).body.items.map(
      ({ title }: { title: string }) => title,
    );
  return { store, ids, index, titles };
}

describeEachEngine('a search', (open) => {
  it('finds books that an earlier release wrote as soon as the job has indexed them, once', async () => {
    const { index, titles } = await startWithShelf(open);
    expect(await titles({ q: '渡口' })).toEqual([]);
    expect([await index(), await index()]).toEqual([shelf.length, 0]);
    expect((await titles({ q: '渡口' })).length).toBe(5);
  });

  it('answers the title itself, then titles, then authors and tags, then introductions; within each the newest', async () => {
    const { index, titles } = await startWithShelf(open);
    await index();
    expect(await titles({ q: '渡口' })).toEqual(['渡口', '渡口的灯', '长安', '雪夜', '江湖']);
    expect(await titles({ q: '渡口', sort: 'updated' })).toEqual([
      '江湖',
      '长安',
      '雪夜',
      '渡口的灯',
      '渡口',
    ]);
    expect(await titles({ q: '雪夜 渡口' })).toEqual(['雪夜']);
    expect(await titles({ sort: 'relevance' })).toHaveLength(shelf.length);
  });

  it('shows each match once over its pages, also where a page spans two tiers', async () => {
    const { store, index } = await startWithShelf(open);
    await index();
    for (const limit of [1, 2, 3]) {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { items, nextCursor } = (await store.get(`/books?q=渡口&limit=${limit}${cursor}`)).body;
        seen.push(...items.map(({ title }: { title: string }) => title));
        cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`;
      } while (cursor !== '');
      expect(seen).toEqual(['渡口', '渡口的灯', '长安', '雪夜', '江湖']);
    }
  });

  it('follows what it filters by: what is not yet published is not found, to the millisecond', async () => {
    const { store, ids, index, titles } = await startWithShelf(open);
    await index();
    const moment = new Date(store.clock.now().getTime() + 60_000);
    await publishAt(store.db, ids[0] as string, moment);
    store.clock.set(moment.getTime() - 1);
    expect(await titles({ q: '渡口' })).not.toContain('渡口');
    store.clock.set(moment);
    expect(await titles({ q: '渡口' })).toContain('渡口');
  });

  it('takes any text for what it is', async () => {
    const { store, index } = await startWithShelf(open);
    await index();
    for (const q of ["';drop table books;--", '\ud800', '%', '\u202e渡', '渡'.repeat(100), '{1,2}']) {
      expect((await store.get(`/books?${new URLSearchParams({ q })}`)).status).toBe(200);
    }
  });
});
