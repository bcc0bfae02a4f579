import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import { authoringExamples as examples } from './authoring.examples.js';
import { OwnChapterParams, OwnChapterTextSchema, PublishBody } from './authoring.schema.js';
import { ownChapterView } from './authoring.views.js';
import type { Publishing } from './publishing.service.js';

export function publishingRoutes(publishing: Publishing, clock: Clock): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/author/chapters/{id}/publish',
      access: access.owner('id'),
      summary: 'Publish my chapter',
      description:
        'Now, or at `publishAt`; a scheduled chapter gets the new moment. A published one is answered as it is.',
      params: OwnChapterParams,
      body: PublishBody,
      example: { params: examples.chapterParams, body: {} },
      responses: {
        200: { description: 'The chapter', schema: OwnChapterTextSchema, example: examples.published },
      },
      errors: [
        bookstoreErrors.authorChapterNotFound,
        bookstoreErrors.chapterEmpty,
        bookstoreErrors.publishMomentInvalid,
        bookstoreErrors.chapterPublished,
      ],
      handler: async ({ caller, params, body }) => {
        const moment = body?.publishAt === undefined ? undefined : new Date(body.publishAt);
        return ownChapterView(await publishing.publish(caller.userId, params.id, moment), clock.now());
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/author/chapters/{id}/withdraw',
      access: access.owner('id'),
      summary: 'Withdraw a scheduled chapter',
      description:
        'It becomes a draft again; a draft is answered as it is. What readers see stays published.',
      params: OwnChapterParams,
      example: { params: examples.chapterParams },
      responses: {
        200: { description: 'The draft', schema: OwnChapterTextSchema, example: examples.chapter },
      },
      errors: [bookstoreErrors.authorChapterNotFound, bookstoreErrors.chapterPublished],
      handler: async ({ caller, params }) =>
        ownChapterView(await publishing.withdraw(caller.userId, params.id), clock.now()),
    }),
  ];
}
