import { access, decodeCursor, defineRoute, type Route, toPage } from '../../platform/http/index.js';
import type { BookFilter, BookPosition, BookSort } from './bookstore.domain.js';
import { bookstoreErrors } from './bookstore.errors.js';
import { examples } from './bookstore.examples.js';
import type { Book } from './bookstore.port.js';
import {
  BookAnswer,
  BookPage,
  BookParams,
  BookQuery,
  ChapterCursor,
  ChapterPage,
  ChapterQuery,
  MomentCursor,
  RelevanceCursor,
  WordsCursor,
} from './bookstore.schema.js';
import type { BookstoreService } from './bookstore.service.js';
import { bookView, chapterView } from './bookstore.views.js';
import type { BookSearch } from './search/book-search.js';

export function bookRoutes(books: BookstoreService, search: BookSearch): Route[] {
  return [listRoute(books, search), bookRoute(books), chaptersRoute(books)];
}

function listRoute(books: BookstoreService, search: BookSearch): Route {
  return defineRoute({
    method: 'GET',
    path: '/books',
    access: access.public,
    summary: 'Books',
    description: 'Published books, searched, filtered and sorted, a page at a time. Guests may read it.',
    query: BookQuery,
    example: { query: { q: '渡口' } },
    responses: { 200: { description: 'A page of books', schema: BookPage, example: examples.books } },
    handler: async ({ query: { limit, cursor, q, sort, ...filter } }) => {
      if (q !== undefined && (sort ?? 'relevance') === 'relevance') {
        return relevancePage(search, { q, filter, limit, cursor });
      }
      const order = sort === undefined || sort === 'relevance' ? 'updated' : sort;
      const page = { sort: order, after: positionAfter(cursor, order), limit: limit + 1 };
      const rows = await (q === undefined ? books.list(filter, page) : search.inOrder(q, filter, page));
      return toPage(rows, limit, { item: bookView, position: (book) => [sortKey(book, order), book.id] });
    },
  });
}

async function relevancePage(
  search: BookSearch,
  { q, filter, limit, cursor }: { q: string; filter: BookFilter; limit: number; cursor: string | undefined },
) {
  const position = decodeCursor(cursor, RelevanceCursor);
  const after = position && { tier: position[0], key: position[1], id: position[2] };
  const found = await search.byRelevance(q, filter, { after, limit: limit + 1 });
  return toPage(found, limit, {
    item: ({ book }) => bookView(book),
    position: ({ tier, book }) => [tier, book.lastChapterAt.toISOString(), book.id],
  });
}

function sortKey(book: Book, sort: BookSort): string | number {
  if (sort === 'words') return book.wordCount;
  return (sort === 'updated' ? book.lastChapterAt : book.publishedAt).toISOString();
}

function positionAfter(cursor: string | undefined, sort: BookSort): BookPosition | undefined {
  const position = decodeCursor(cursor, sort === 'words' ? WordsCursor : MomentCursor);
  return position && { key: position[0], id: position[1] };
}

function bookRoute(books: BookstoreService): Route {
  return defineRoute({
    method: 'GET',
    path: '/books/{id}',
    access: access.public,
    summary: 'One book',
    description: 'What readers see of a published book. Guests may read it.',
    params: BookParams,
    example: { params: examples.bookParams },
    responses: { 200: { description: 'The book', schema: BookAnswer, example: examples.book } },
    errors: [bookstoreErrors.bookNotFound],
    handler: async ({ params }) => bookView(await books.get(params.id)),
  });
}

function chaptersRoute(books: BookstoreService): Route {
  return defineRoute({
    method: 'GET',
    path: '/books/{id}/chapters',
    access: access.public,
    summary: 'Chapters of a book',
    description: 'Its published chapters in reading order, without their text. Guests may read it.',
    params: BookParams,
    query: ChapterQuery,
    example: { params: examples.bookParams },
    responses: {
      200: { description: 'A page of chapters', schema: ChapterPage, example: examples.chapters },
    },
    errors: [bookstoreErrors.bookNotFound],
    handler: async ({ params, query }) => {
      const { limit, cursor } = query;
      const [afterNumber = 0] = decodeCursor(cursor, ChapterCursor) ?? [];
      const rows = await books.listChapters(params.id, { afterNumber, limit: limit + 1 });
      return toPage(rows, limit, { item: chapterView, position: ({ number }) => [number] });
    },
  });
}
