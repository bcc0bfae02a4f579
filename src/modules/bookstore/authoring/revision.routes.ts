import {
  access,
  decodeCursor,
  defineRoute,
  httpErrors,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { AuthorChapters } from './author-chapters.service.js';
import { authoringExamples as examples } from './authoring.examples.js';
import {
  NumberCursor,
  OwnChapterParams,
  OwnChapterTextSchema,
  PlainPageQuery,
  RestoreBody,
  RevisionPage,
  RevisionParams,
  RevisionTextSchema,
} from './authoring.schema.js';
import { ownChapterView, revisionView } from './authoring.views.js';

export function revisionRoutes(chapters: AuthorChapters, clock: Clock): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/author/chapters/{id}/revisions',
      access: access.owner('id'),
      summary: 'Earlier texts of my chapter',
      description: 'What edits replaced, the newest first, without the texts. The oldest ones are not kept.',
      params: OwnChapterParams,
      query: PlainPageQuery,
      example: { params: examples.chapterParams },
      responses: {
        200: { description: 'A page of revisions', schema: RevisionPage, example: examples.revisions },
      },
      errors: [bookstoreErrors.authorChapterNotFound],
      handler: async ({ caller, params, query: { limit, cursor } }) => {
        const [before] = decodeCursor(cursor, NumberCursor) ?? [];
        const rows = await chapters.revisions(caller.userId, params.id, { before, limit: limit + 1 });
        return toPage(rows, limit, { item: revisionView, position: ({ version }) => [version] });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/author/chapters/{id}/revisions/{version}',
      access: access.owner('id'),
      summary: 'An earlier text of my chapter',
      params: RevisionParams,
      example: { params: examples.revisionParams },
      responses: {
        200: { description: 'The revision', schema: RevisionTextSchema, example: examples.revision },
      },
      errors: [bookstoreErrors.authorChapterNotFound, bookstoreErrors.revisionNotFound],
      handler: async ({ caller, params }, reply) => {
        reply.header('cache-control', 'private, no-store');
        return revisionView(await chapters.revision(caller.userId, params.id, params.version));
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/author/chapters/{id}/revisions/{version}/restore',
      access: access.owner('id'),
      summary: 'Go back to an earlier text',
      description:
        'Title and text become those of the revision; what they replace is kept as a revision itself.',
      params: RevisionParams,
      body: RestoreBody,
      example: { params: examples.revisionParams, body: examples.restore },
      responses: {
        200: { description: 'The chapter', schema: OwnChapterTextSchema, example: examples.chapter },
      },
      errors: [
        bookstoreErrors.authorChapterNotFound,
        bookstoreErrors.revisionNotFound,
        bookstoreErrors.chapterEmpty,
        httpErrors.versionConflict,
      ],
      handler: async ({ caller, params, body }) => {
        const { id, version: revision } = params;
        return ownChapterView(await chapters.restore(caller.userId, id, { ...body, revision }), clock.now());
      },
    }),
  ];
}
