import {
  access,
  decodeCursor,
  defineRoute,
  httpErrors,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { AuthorChapters } from './author-chapters.service.js';
import { authoringExamples as examples } from './authoring.examples.js';
import {
  chapterBodies,
  chapterBytesMax,
  NumberCursor,
  OwnBookParams,
  OwnChapterPage,
  OwnChapterParams,
  OwnChapterTextSchema,
  PlainPageQuery,
} from './authoring.schema.js';
import { ownChapterRow, ownChapterView } from './authoring.views.js';

const answered = { schema: OwnChapterTextSchema, example: examples.chapter };
const contentErrors = [
  bookstoreErrors.nothingLeft,
  bookstoreErrors.chapterAlwaysFree,
  bookstoreErrors.chapterPriceInvalid,
];

interface AuthorChapterRoutes {
  readonly chapters: AuthorChapters;
  readonly clock: Clock;
  readonly config: BookstoreConfig;
}

export function authorChapterRoutes(parts: AuthorChapterRoutes): Route[] {
  return [createRoute(parts), editRoute(parts), ...readRoutes(parts), deleteRoute(parts)];
}

function createRoute({ chapters, config }: AuthorChapterRoutes): Route {
  return defineRoute({
    method: 'POST',
    path: '/author/books/{id}/chapters',
    access: access.owner('id'),
    idempotent: true,
    summary: 'Write a chapter',
    description: 'A draft at the end of the book. Its price follows from its length unless you set one.',
    params: OwnBookParams,
    body: chapterBodies(config).create,
    bodyLimitBytes: chapterBytesMax(config),
    example: { params: examples.bookParams, body: examples.newChapter },
    responses: { 201: { description: 'The draft', ...answered } },
    errors: [bookstoreErrors.authorBookNotFound, bookstoreErrors.bookFull, ...contentErrors],
    handler: async ({ caller, params, body, once }, reply) => {
      const chapter = await chapters.create(once, caller.userId, params.id, body);
      reply.header('location', `/api/v1/author/chapters/${chapter.id}`);
      return chapter;
    },
  });
}

function editRoute({ chapters, clock, config }: AuthorChapterRoutes): Route {
  return defineRoute({
    method: 'PUT',
    path: '/author/chapters/{id}',
    access: access.owner('id'),
    summary: 'Edit my chapter',
    description:
      'What is absent stays as it is; the text that is replaced is kept as a revision. `number` moves a draft to the place of another one. `version` is the one that was read; another one by now is a conflict.',
    params: OwnChapterParams,
    body: chapterBodies(config).edit,
    bodyLimitBytes: chapterBytesMax(config),
    example: { params: examples.chapterParams, body: examples.chapterEdit },
    responses: { 200: { description: 'The chapter as it is now', ...answered } },
    errors: [
      bookstoreErrors.authorChapterNotFound,
      httpErrors.versionConflict,
      bookstoreErrors.chapterEmpty,
      bookstoreErrors.chapterPublished,
      bookstoreErrors.chapterScheduled,
      bookstoreErrors.chapterPlaceTaken,
      ...contentErrors,
    ],
    handler: async ({ caller, params, body }) =>
      ownChapterView(await chapters.edit(caller.userId, params.id, body), clock.now()),
  });
}

function readRoutes({ chapters, clock }: AuthorChapterRoutes): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/author/books/{id}/chapters',
      access: access.owner('id'),
      summary: 'Chapters of my book',
      description: 'Drafts, scheduled and published ones in the order of the book, without their text.',
      params: OwnBookParams,
      query: PlainPageQuery,
      example: { params: examples.bookParams },
      responses: {
        200: { description: 'A page of chapters', schema: OwnChapterPage, example: examples.chapters },
      },
      errors: [bookstoreErrors.authorBookNotFound],
      handler: async ({ caller, params, query: { limit, cursor } }) => {
        const [afterNumber = 0] = decodeCursor(cursor, NumberCursor) ?? [];
        const rows = await chapters.list(caller.userId, params.id, { afterNumber, limit: limit + 1 });
        const now = clock.now();
        return toPage(rows, limit, {
          item: (chapter) => ownChapterRow(chapter, now),
          position: ({ number }) => [number],
        });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/author/chapters/{id}',
      access: access.owner('id'),
      summary: 'One of my chapters',
      description: 'With its text, whether it is published or not.',
      params: OwnChapterParams,
      example: { params: examples.chapterParams },
      responses: { 200: { description: 'The chapter', ...answered } },
      errors: [bookstoreErrors.authorChapterNotFound],
      handler: async ({ caller, params }, reply) => {
        reply.header('cache-control', 'private, no-store');
        return ownChapterView(await chapters.get(caller.userId, params.id), clock.now());
      },
    }),
  ];
}

function deleteRoute({ chapters }: AuthorChapterRoutes): Route {
  return defineRoute({
    method: 'DELETE',
    path: '/author/chapters/{id}',
    access: access.owner('id'),
    summary: 'Delete a draft',
    description:
      'With its revisions; the drafts behind it close up. What readers saw or may have bought stays.',
    params: OwnChapterParams,
    example: { params: examples.chapterParams },
    responses: { 204: { description: 'It is gone' } },
    errors: [
      bookstoreErrors.authorChapterNotFound,
      bookstoreErrors.chapterPublished,
      bookstoreErrors.chapterOffered,
    ],
    handler: ({ caller, params }) => chapters.delete(caller.userId, params.id),
  });
}
