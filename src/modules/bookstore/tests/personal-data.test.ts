import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { startWithAuthor, type WithAuthor } from './author-actions.js';
import { countRows } from './rows.repository.js';

async function exportOf({ module, db }: WithAuthor, userId: string) {
  const items: Record<string, unknown>[] = [];
  for (const holder of module.personalData) {
    for await (const item of holder.export(db, userId)) items.push(item);
  }
  return items;
}

describeEachEngine('what the bookstore keeps about an author', (open) => {
  it('is exported: every book and chapter, drafts too, and nothing of anybody else', async () => {
    const store = await startWithAuthor(open);
    const one = await store.write('一');
    await store.publish(one.id);
    await store.write('二');
    const other = await store.user('gao_e');
    expect(await exportOf(store, other)).toEqual([]);
    expect(await exportOf(store, store.author)).toMatchObject([
      { kind: 'book', title: '石头记', authorName: 'cao_xueqin', chapterCount: 1, draftCount: 1 },
      { kind: 'chapter', title: '一', number: 1, bookId: store.book.id },
      { kind: 'chapter', title: '二', number: 2, publishedAt: undefined },
    ]);
  });

  it('is erased as far as nobody has seen it; what is published stays under its pen name', async () => {
    const store = await startWithAuthor(open);
    const { db, module, author, as, write, publish, shown, clock } = store;
    await as('POST', '/author/books', { title: '无人见过' });
    const [one, two, three] = [await write('一'), await write('二'), await write('三')];
    await publish(one.id);
    await as('PUT', `/author/chapters/${one.id}`, { text: '改过的正文', version: 1 });
    await publish(two.id, new Date(clock.now().getTime() + 60_000));
    const erase = () =>
      db.withTransaction({ name: 'erase' }, async (tx) => {
        for (const holder of module.personalData) await holder.erase(tx, author);
      });
    await erase();
    await erase();
    expect(await countRows(db)).toMatchObject({ books: 1, chapters: 2, texts: 2, revisions: 0 });
    expect(await shown()).toMatchObject({ status: 200, chapters: ['1 一'] });
    expect((await store.get(`/books/${store.book.id}`)).body.author.name).toBe('cao_xueqin');
    expect((await as('GET', `/author/chapters/${three.id}`)).status).toBe(404);
  });
});
