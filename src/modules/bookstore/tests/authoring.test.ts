import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { paragraph, startWithAuthor } from './author-actions.js';
import { startBookstore } from './bookstore-harness.js';

const absent = '01956e2f-5c00-7000-8000-000000000001';

describeEachEngine('an author', (open) => {
  it('becomes one by a first book, which nobody else sees before its first chapter', async () => {
    const { author, book, accounts, as, call, get, user, shown } = await startWithAuthor(open);
    expect(book).toMatchObject({
      title: '石头记',
      authorName: 'cao_xueqin',
      status: 'serialising',
      version: 1,
    });
    expect(book).toMatchObject({ chapterCount: 0, draftCount: 0, publishedAt: null, category: null });
    expect((await accounts.get(author))?.roles).toEqual(['author', 'reader']);
    expect((await as('GET', '/author/books')).body.items).toEqual([book]);
    expect((await as('GET', `/author/books/${book.id}`)).body).toEqual(book);
    expect((await shown()).status).toBe(404);
    for (const list of ['/books', '/books?q=石头记', '/books?sort=words']) {
      expect((await get(list)).body.items).toEqual([]);
    }
    const other = await user('gao_e');
    for (const id of [book.id, absent]) {
      expect((await call('GET', `/author/books/${id}`, { user: other })).body.code).toBe(
        'author-book-not-found',
      );
    }
    expect((await call('GET', '/author/books', { user: other })).body.items).toEqual([]);
  });

  it('who sends a new book twice under one key, and at once, has one book', async () => {
    const store = await startBookstore(open);
    const user = await store.user('cao_xueqin');
    const send = () => store.call('POST', '/author/books', { user, body: { title: '石头记' }, key: 'k-1' });
    const answers = [...(await Promise.all([send(), send()])), await send()];
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await store.call('GET', '/author/books', { user })).body.items).toHaveLength(1);
  });

  it('edits a book, and it is found by its new words at once', async () => {
    const { as, book, get, write, publish } = await startWithAuthor(open);
    await publish((await write('第一回')).id);
    const edit = {
      title: '红楼梦',
      category: 'classic',
      tags: ['石头', '石头'],
      authorName: '曹雪芹',
      version: 1,
    };
    const { status, body } = await as('PUT', `/author/books/${book.id}`, edit);
    expect([status, body]).toMatchObject([
      200,
      { title: '红楼梦', category: 'classic', tags: ['石头'], authorName: '曹雪芹', version: 2 },
    ]);
    for (const q of ['红楼梦', '曹雪芹', '石头'])
      expect((await get(`/books?q=${q}`)).body.items).toHaveLength(1);
    expect((await get('/books?q=石头记')).body.items).toEqual([]);
    expect((await get('/books?category=classic')).body.items).toHaveLength(1);
    const cleared = await as('PUT', `/author/books/${book.id}`, { category: null, version: 2 });
    expect(cleared.body).toMatchObject({ title: '红楼梦', category: null, version: 3 });
  });

  it('of two edits of a book at once, and of an edit sent twice, one is taken and the other is told', async () => {
    const { as, book } = await startWithAuthor(open);
    const edit = (title: string) => as('PUT', `/author/books/${book.id}`, { title, version: 1 });
    const answers = await Promise.all([edit('甲'), edit('乙')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await edit('丙')).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', currentVersion: 2 },
    });
  });

  it('is told what of a book cannot be taken, and nothing changes', async () => {
    const { as, book } = await startWithAuthor(open);
    const cases: [object, number, string][] = [
      [{ title: ' \u200b ' }, 422, 'text-without-characters'],
      [{ authorName: '\u202e' }, 422, 'text-without-characters'],
      [{ category: 'no-such' }, 422, 'category-unknown'],
      [{ category: '悬疑' }, 422, 'category-unknown'],
      [{ title: 'x'.repeat(101) }, 400, 'invalid-input'],
      [{ title: 'a\u0000b' }, 400, 'invalid-input'],
      [{ tags: Array(11).fill('x') }, 400, 'invalid-input'],
      [{ status: 'gone' }, 400, 'invalid-input'],
      [{ vipLibrary: true }, 400, 'invalid-input'],
    ];
    for (const [edit, status, code] of cases) {
      const answer = await as('PUT', `/author/books/${book.id}`, { ...edit, version: 1 });
      expect([edit, answer.status, answer.body.code]).toEqual([edit, status, code]);
    }
    expect((await as('GET', `/author/books/${book.id}`)).body).toEqual(book);
  });
});

describeEachEngine('a chapter', (open) => {
  it('is a draft of its author: text, number, and a price by its length from the fourth on', async () => {
    const { write, as, book, user, call, books, shown } = await startWithAuthor(open);
    const chapters = [];
    for (const title of ['一', '二', '三', '四'])
      chapters.push(await write(title, `　　${paragraph.repeat(41)}\r\n\r\n\r\n完`));
    expect(chapters.map(({ number, access, price, state }) => [number, access, price, state])).toEqual([
      [1, 'free', 0, 'draft'],
      [2, 'free', 0, 'draft'],
      [3, 'free', 0, 'draft'],
      [4, 'paid', 6, 'draft'],
    ]);
    const [first] = chapters;
    expect(first.text).toBe(`${paragraph.repeat(41)}\n\n完`);
    expect((await as('GET', `/author/chapters/${first.id}`)).body).toEqual(first);
    const list = (await as('GET', `/author/books/${book.id}/chapters?limit=3`)).body;
    expect(list.items.map(({ title }: { title: string }) => title)).toEqual(['一', '二', '三']);
    expect(list.nextCursor).not.toBeNull();
    expect((await as('GET', `/author/books/${book.id}`)).body).toMatchObject({
      draftCount: 4,
      chapterCount: 0,
    });
    const other = await user('gao_e');
    for (const [method, url, body] of [
      ['GET', `/author/chapters/${first.id}`],
      ['PUT', `/author/chapters/${first.id}`, { title: 'x', version: 1 }],
      ['DELETE', `/author/chapters/${first.id}`],
      ['POST', `/author/chapters/${first.id}/publish`, {}],
      ['POST', `/author/chapters/${first.id}/withdraw`],
      ['GET', `/author/chapters/${first.id}/revisions`],
      ['POST', `/author/books/${book.id}/chapters`, { title: 'x' }],
      ['GET', `/author/books/${book.id}/chapters`],
    ] as const) {
      const { status } = await call(method, url, { user: other, ...(body && { body }) });
      expect([method, url, status]).toEqual([method, url, 404]);
    }
    expect((await books.chapter(first.id))?.publishedAt).toBeUndefined();
    expect((await shown()).status).toBe(404);
  });

  it('gets its price from the author within the bounds, never where the book is free', async () => {
    const { write, as } = await startWithAuthor(open);
    for (const title of ['一', '二', '三']) await write(title);
    expect(await write('四', paragraph, { price: 30 })).toMatchObject({ access: 'paid', price: 30 });
    expect(await write('五', paragraph, { access: 'free' })).toMatchObject({ access: 'free', price: 0 });
    const six = await write('六', '', { price: 7 });
    expect(six).toMatchObject({ access: 'paid', price: 7, chosen: { access: null, price: 7 } });
    const put = (body: object) => as('PUT', `/author/chapters/${six.id}`, body);
    expect((await put({ access: 'free', version: 1 })).body).toMatchObject({ access: 'free', price: 0 });
    expect((await put({ access: null, text: paragraph, version: 2 })).body).toMatchObject({
      access: 'paid',
      price: 1,
    });
    for (const [body, status, code] of [
      [{ access: 'free', price: 3 }, 422, 'chapter-price-invalid'],
      [{ price: 0 }, 400, 'invalid-input'],
      [{ price: 501 }, 400, 'invalid-input'],
      [{ price: 1.5 }, 400, 'invalid-input'],
    ] as const) {
      const answer = await put({ ...body, version: 3 });
      expect([body, answer.status, answer.body.code]).toEqual([body, status, code]);
    }
    const first = (await as('GET', `/author/chapters/${six.id}`)).body;
    expect(first.version).toBe(3);
    expect(await write('七', paragraph, { access: 'paid' })).toMatchObject({ number: 7, price: 1 });
  });

  it('of the first three cannot be paid', async () => {
    const { write } = await startWithAuthor(open);
    for (const more of [{ access: 'paid' }, { price: 5 }]) {
      expect(await write('一', paragraph, more)).toMatchObject({ code: 'chapter-always-free', status: 422 });
    }
  });

  it('20 written at once have 20 numbers', async () => {
    const { write } = await startWithAuthor(open);
    const chapters = await Promise.all(Array.from({ length: 20 }, (_, i) => write(`章${i}`)));
    expect(chapters.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  it('moves among drafts only, with the price of its new place; the drafts in between give way', async () => {
    const { write, as, book, publish } = await startWithAuthor(open);
    const chapters = [];
    for (const title of ['一', '二', '三', '四', '五']) chapters.push(await write(title));
    await publish(chapters[1].id);
    const move = (chapter: { id: string }, number: number) =>
      as('PUT', `/author/chapters/${chapter.id}`, { number, version: 1 });
    expect((await move(chapters[4], 3)).body).toMatchObject({
      number: 3,
      access: 'free',
      price: 0,
      version: 2,
    });
    const { items } = (await as('GET', `/author/books/${book.id}/chapters`)).body;
    expect(items.map(({ title, price }: { title: string; price: number }) => [title, price])).toEqual([
      ['一', 0],
      ['二', 0],
      ['五', 0],
      ['三', 1],
      ['四', 1],
    ]);
    expect((await move(chapters[0], 2)).body.code).toBe('chapter-place-taken');
    expect((await move(chapters[0], 9)).body.code).toBe('chapter-place-taken');
    expect((await move(chapters[1], 3)).body.code).toBe('chapter-published');
  });

  it('that is a draft is deleted, and the drafts behind it close up', async () => {
    const { write, as, book, publish, clock } = await startWithAuthor(open);
    const chapters = [];
    for (const title of ['一', '二', '三', '四']) chapters.push(await write(title));
    await publish(chapters[0].id);
    const remove = (chapter: { id: string }) => as('DELETE', `/author/chapters/${chapter.id}`);
    expect((await remove(chapters[0])).body.code).toBe('chapter-published');
    const answers = await Promise.all([remove(chapters[1]), remove(chapters[1])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    const { items } = (await as('GET', `/author/books/${book.id}/chapters`)).body;
    expect(items.map(({ number, title }: { number: number; title: string }) => `${number} ${title}`)).toEqual(
      ['1 一', '2 三', '3 四'],
    );
    await publish(chapters[3].id, new Date(clock.now().getTime() + 60_000));
    expect((await remove(chapters[3])).body.code).toBe('chapter-offered');
    await as('POST', `/author/chapters/${chapters[3].id}/withdraw`);
    expect((await remove(chapters[3])).body.code).toBe('chapter-offered');
  });

  it('beyond the bounds of a book or of a text is refused', async () => {
    const limits = { fileBytesMax: 1_000_000, chaptersMax: 1, chapterCharactersMax: 1_000 };
    const epub = { epubEntriesMax: 10, epubUnpackedBytesMax: 1_024 };
    const { write } = await startWithAuthor(open, {
      import: { ...limits, ...epub, concurrentMax: 1, retryAfterSeconds: 7, timeLimitSeconds: 120 },
    });
    expect(await write('一', 'x'.repeat(1_001))).toMatchObject({ status: 400, code: 'invalid-input' });
    expect(await write('\u200b', 'x')).toMatchObject({ status: 422, code: 'text-without-characters' });
    expect(await write('一', 'x'.repeat(1_000))).toMatchObject({ number: 1 });
    expect(await write('二', 'x')).toMatchObject({ status: 409, code: 'book-full' });
  });
});

describeEachEngine('an edit of a chapter', (open) => {
  it('keeps what it replaces, the newest ones only; going back is an edit itself', async () => {
    const authoring = {
      chapterPriceCoinsMax: 500,
      introductionCharactersMax: 2_000,
      revisionsMax: 3,
      scheduleDaysMax: 365,
    };
    const { write, as } = await startWithAuthor(open, { authoring });
    const { id } = await write('一', '初稿');
    for (const [i, text] of ['二稿', '三稿', '四稿', '五稿'].entries()) {
      await as('PUT', `/author/chapters/${id}`, { text, version: i + 1 });
    }
    await as('PUT', `/author/chapters/${id}`, { volume: '上卷', version: 5 });
    const revisions = async () =>
      (await as('GET', `/author/chapters/${id}/revisions?limit=2`)).body.items.map(
        ({ version }: { version: number }) => version,
      );
    expect(await revisions()).toEqual([4, 3]);
    expect((await as('GET', `/author/chapters/${id}/revisions/1`)).body.code).toBe('revision-not-found');
    expect((await as('GET', `/author/chapters/${id}/revisions/2`)).body).toMatchObject({
      version: 2,
      text: '二稿',
    });
    const restore = (version: number) =>
      as('POST', `/author/chapters/${id}/revisions/2/restore`, { version });
    expect((await restore(5)).body.code).toBe('version-conflict');
    expect((await restore(6)).body).toMatchObject({ text: '二稿', volume: '上卷', version: 7 });
    expect(await revisions()).toEqual([6, 4]);
    expect((await restore(7)).body.code).toBe('revision-not-found');
  });

  it('of two at once takes one and tells the other, and what is kept is what was there', async () => {
    const { write, as } = await startWithAuthor(open);
    const { id } = await write('一', '初稿');
    const edit = (text: string) => as('PUT', `/author/chapters/${id}`, { text, version: 1 });
    const answers = await Promise.all([edit('甲'), edit('乙'), edit('丙')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { items } = (await as('GET', `/author/chapters/${id}/revisions`)).body;
    expect(items).toHaveLength(1);
    expect((await as('GET', `/author/chapters/${id}/revisions/1`)).body.text).toBe('初稿');
  });

  it('of a published one is seen at once, and counted', async () => {
    const { write, as, publish, books, shown } = await startWithAuthor(open);
    const { id } = await write('一', '初稿');
    await publish(id);
    await as('PUT', `/author/chapters/${id}`, { title: '壹', text: '长一些的二稿', version: 1 });
    expect(await books.chapterText(id)).toBe('长一些的二稿');
    expect(await shown()).toMatchObject({ wordCount: 6, chapters: ['1 壹'] });
    const emptied = await as('PUT', `/author/chapters/${id}`, { text: ' ', version: 2 });
    expect(emptied).toMatchObject({ status: 422, body: { code: 'chapter-empty' } });
  });
});
