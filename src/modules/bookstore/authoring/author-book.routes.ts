import {
  access,
  decodeCursor,
  defineRoute,
  httpErrors,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { AuthorBooks } from './author-books.service.js';
import { authoringExamples as examples } from './authoring.examples.js';
import {
  bookBodies,
  IdCursor,
  OwnBookPage,
  OwnBookParams,
  OwnBookSchema,
  PlainPageQuery,
} from './authoring.schema.js';
import { ownBookView } from './authoring.views.js';

const answered = { schema: OwnBookSchema, example: examples.book };
const contentErrors = [bookstoreErrors.nothingLeft, bookstoreErrors.categoryUnknown];

export function authorBookRoutes(books: AuthorBooks, config: BookstoreConfig): Route[] {
  const bodies = bookBodies(config);
  return [
    createRoute(books, bodies),
    editRoute(books, bodies),
    defineRoute({
      method: 'GET',
      path: '/author/books',
      access: access.user,
      summary: 'My books',
      description: 'With drafts and counts, the newest book first.',
      query: PlainPageQuery,
      responses: { 200: { description: 'A page of books', schema: OwnBookPage, example: examples.books } },
      handler: async ({ caller, query: { limit, cursor } }) => {
        const [after] = decodeCursor(cursor, IdCursor) ?? [];
        const rows = await books.list(caller.userId, { after, limit: limit + 1 });
        return toPage(rows, limit, { item: ownBookView, position: ({ id }) => [id] });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/author/books/{id}',
      access: access.owner('id'),
      summary: 'One of my books',
      params: OwnBookParams,
      example: { params: examples.bookParams },
      responses: { 200: { description: 'The book', ...answered } },
      errors: [bookstoreErrors.authorBookNotFound],
      handler: async ({ caller, params }) => ownBookView(await books.get(caller.userId, params.id)),
    }),
  ];
}

function createRoute(books: AuthorBooks, { create }: ReturnType<typeof bookBodies>): Route {
  return defineRoute({
    method: 'POST',
    path: '/author/books',
    access: access.user,
    idempotent: true,
    summary: 'Open a book',
    description:
      'A book without chapters, which nobody else sees. Your first book makes you an author. It appears with its first published chapter.',
    body: create,
    example: { body: examples.newBook },
    responses: { 201: { description: 'The book', ...answered } },
    errors: contentErrors,
    handler: async ({ caller, body, once }, reply) => {
      const book = await books.create(once, caller.userId, body);
      reply.header('location', `/api/v1/author/books/${book.id}`);
      return book;
    },
  });
}

function editRoute(books: AuthorBooks, { edit }: ReturnType<typeof bookBodies>): Route {
  return defineRoute({
    method: 'PUT',
    path: '/author/books/{id}',
    access: access.owner('id'),
    summary: 'Edit my book',
    description:
      'What is absent stays as it is. `version` is the one that was read; another one by now is a conflict.',
    params: OwnBookParams,
    body: edit,
    example: { params: examples.bookParams, body: examples.bookEdit },
    responses: { 200: { description: 'The book as it is now', ...answered } },
    errors: [bookstoreErrors.authorBookNotFound, httpErrors.versionConflict, ...contentErrors],
    handler: async ({ caller, params, body }) =>
      ownBookView(await books.edit(caller.userId, params.id, body)),
  });
}
