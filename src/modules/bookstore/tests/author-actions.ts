import type { OpenDatabase } from '../../../testing/databases.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { startBookstore } from './bookstore-harness.js';

export const paragraph = '雨停的时候天已经黑了他把伞收起来站在码头上看那条船';

/** A bookstore with an author who has opened a book. */
export async function startWithAuthor(open: OpenDatabase, overrides: Partial<BookstoreConfig> = {}) {
  const store = await startBookstore(open, overrides);
  const author = await store.user('cao_xueqin');
  const book = (await store.call('POST', '/author/books', { user: author, body: { title: '石头记' } })).body;
  const write = async (title: string, text = paragraph, more: object = {}) =>
    (
      await store.call('POST', `/author/books/${book.id}/chapters`, {
        user: author,
        body: { title, text, ...more },
      })
    ).body;
  return {
    ...store,
    author,
    book,
    write,
    as: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object) =>
      store.call(method, url, { user: author, ...(body && { body }) }),
    publish: (chapterId: string, publishAt?: Date) =>
      store.call('POST', `/author/chapters/${chapterId}/publish`, {
        user: author,
        body: publishAt ? { publishAt: publishAt.toISOString() } : {},
      }),
    /** What readers see of the book. */
    shown: async () => {
      const { status, body } = await store.get(`/books/${book.id}`);
      if (status !== 200) return { status };
      const { items } = (await store.get(`/books/${book.id}/chapters?limit=100`)).body;
      return {
        status,
        chapterCount: body.chapterCount,
        wordCount: body.wordCount,
        lastChapterAt: body.lastChapterAt,
        chapters: items.map(({ number, title }: { number: number; title: string }) => `${number} ${title}`),
      };
    },
  };
}

export type WithAuthor = Awaited<ReturnType<typeof startWithAuthor>>;
