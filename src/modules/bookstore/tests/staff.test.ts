import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { startWithAuthor, type WithAuthor } from './author-actions.js';

const staffOf = ({ author }: WithAuthor) => `${author}:staff`;
const slugs = async ({ get }: WithAuthor): Promise<string[]> =>
  (await get('/categories')).body.items.map(({ slug }: { slug: string }) => slug);

const recordsOf = ({ audit }: WithAuthor) =>
  audit.entries.filter(({ action }) => action.startsWith('bookstore.'));

describeEachEngine('categories', (open) => {
  it('are there from the first start, in both languages and in their order, for guests too', async () => {
    const store = await startWithAuthor(open);
    const { items } = (await store.get('/categories')).body;
    expect(items.length).toBeGreaterThan(10);
    expect(items[0]).toEqual({
      ...{ slug: 'fantasy', names: { 'zh-CN': '玄幻', en: 'Eastern fantasy' }, position: 10, version: 1 },
    });
  });

  it('are made and edited by staff, each time with a record of who and what', async () => {
    const store = await startWithAuthor(open);
    const user = staffOf(store);
    const category = { slug: 'steampunk', names: { 'zh-CN': '蒸汽朋克', en: 'Steampunk' }, position: 5 };
    const made = await store.call('POST', '/admin/categories', { user, body: category });
    expect(made).toEqual({ status: 201, body: { ...category, version: 1 } });
    expect((await slugs(store))[0]).toBe('steampunk');
    const edit = { slug: 'steampunk', names: { en: 'Steam' }, position: 1_000, version: 1 };
    const put = () => store.call('PUT', '/admin/categories', { user, body: edit });
    const edits = await Promise.all([put(), put()]);
    expect(edits.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await slugs(store)).at(-1)).toBe('steampunk');
    const actor = { kind: 'user', userId: store.author };
    expect(recordsOf(store)).toMatchObject([
      { action: 'bookstore.category-created', actor, target: { id: 'steampunk' } },
      {
        action: 'bookstore.category-edited',
        before: { nameZh: '蒸汽朋克', nameEn: 'Steampunk', position: 5 },
        after: { nameZh: '蒸汽朋克', nameEn: 'Steam', position: 1_000 },
      },
    ]);
  });

  it('that cannot be made or edited are refused with the reason', async () => {
    const store = await startWithAuthor(open);
    const names = { 'zh-CN': '武侠', en: 'Wuxia' };
    const ask = (method: 'POST' | 'PUT', body: object, user = staffOf(store)) =>
      store.call(method, '/admin/categories', { user, body });
    const made = { slug: 'wuxia', names, position: 1 };
    expect((await ask('POST', made)).body.code).toBe('category-exists');
    expect((await ask('PUT', { slug: 'no-such', version: 1 })).body.code).toBe('category-not-found');
    expect((await ask('PUT', { slug: 'wuxia', version: 7 })).body.code).toBe('version-conflict');
    for (const slug of ['Wuxia', '-', "x'", '武侠', 'a'.repeat(41)]) {
      expect((await ask('POST', { ...made, slug })).status).toBe(400);
    }
    for (const name of [' ', 'a\nb', '']) {
      expect((await ask('POST', { ...made, slug: 'x', names: { ...names, en: name } })).status).toBe(400);
    }
    expect((await ask('POST', made, store.author)).body.code).toBe('permission-denied');
    expect(recordsOf(store)).toEqual([]);
  });

  it('made twice at once are one', async () => {
    const store = await startWithAuthor(open);
    const body = { slug: 'steampunk', names: { 'zh-CN': '蒸汽', en: 'Steam' }, position: 1 };
    const make = () => store.call('POST', '/admin/categories', { user: staffOf(store), body });
    const answers = await Promise.all([make(), make(), make()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });
});

describeEachEngine('staff', (open) => {
  it('decide about the library, the status and the category of a book, with a record and its reason', async () => {
    const store = await startWithAuthor(open);
    const { book, write, publish, books } = store;
    const { id } = await write('一');
    await publish(id);
    const put = (body: object, user = staffOf(store)) =>
      store.call('PUT', `/admin/books/${book.id}`, { user, body });
    const decision = { vipLibrary: true, category: 'classic', version: 1, reason: '编辑部推荐' };
    expect(await put(decision, store.author)).toMatchObject({ status: 403 });
    expect(await put({ ...decision, category: 'no-such' })).toMatchObject({ status: 422 });
    expect(await put({ ...decision, reason: '' })).toMatchObject({ status: 400 });
    const answers = await Promise.all([put(decision), put(decision)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await store.get(`/books/${book.id}`)).body).toMatchObject({
      ...{ vipLibrary: true, category: 'classic', status: 'serialising', version: 2 },
    });
    expect((await books.chapter(id))?.book.vipLibrary).toBe(true);
    expect(recordsOf(store)).toMatchObject([
      {
        action: 'bookstore.book-managed',
        target: { type: 'book', id: book.id },
        before: { vipLibrary: false, status: 'serialising', category: null },
        after: { vipLibrary: true, status: 'serialising', category: 'classic' },
        reason: '编辑部推荐',
      },
    ]);
    const gone = await store.call('PUT', `/admin/books/${id}`, { user: staffOf(store), body: decision });
    expect(gone.body.code).toBe('book-not-found');
  });
});
