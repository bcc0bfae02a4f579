import { actorOf } from '../../platform/audit/index.js';
import {
  access,
  decodeCursor,
  defineRoute,
  httpErrors,
  type Route,
  toPage,
} from '../../platform/http/index.js';
import { DeadLetterCursor, DeadLetterPage, DeadLetterParams, DeadLetterQuery } from './dead-letter.schema.js';
import type { DeadLetterService } from './dead-letter.service.js';

const example = {
  id: '4711-quota-warning-mail',
  event: 'quota.warning-reached',
  eventId: '0198c2de-7c1f-7aaa-8bbb-000000000001',
  handler: 'quota-warning-mail',
  aggregate: 'user 0198c2de-7c1f-7aaa-8bbb-000000000002',
  attempts: 10,
  lastError: 'Error: connect ECONNREFUSED 192.0.2.1:25',
  occurredAt: '2026-11-23T08:00:00.000Z',
  failedAt: '2026-11-23T08:21:07.301Z',
};

export function deadLetterRoutes(service: DeadLetterService): Route[] {
  return [listRoute(service), replayRoute(service)];
}

function listRoute(service: DeadLetterService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/dead-letters',
    access: access.permission('system.read'),
    summary: 'Events that a handler gave up',
    description:
      'The latest events first. What an event carried is not shown: it may be personal. Look it up by what the event is about.',
    query: DeadLetterQuery,
    example: { query: { handler: example.handler } },
    responses: {
      200: {
        description: 'A page of dead letters',
        schema: DeadLetterPage,
        example: { items: [example], nextCursor: null },
      },
    },
    handler: async ({ query }) => {
      const { limit, cursor, ...filter } = query;
      const position = decodeCursor(cursor, DeadLetterCursor);
      const before = position && { position: position[0], handler: position[1] };
      const letters = await service.list({ ...filter, ...(before && { before }), limit: limit + 1 });
      return toPage(letters, limit, {
        item: ({ position: _position, aggregate, occurredAt, failedAt, ...letter }) => ({
          ...letter,
          aggregate: aggregate ?? null,
          occurredAt: occurredAt.toISOString(),
          failedAt: failedAt.toISOString(),
        }),
        position: (letter) => [letter.position, letter.handler],
      });
    },
  });
}

function replayRoute(service: DeadLetterService): Route {
  return defineRoute({
    method: 'POST',
    path: '/admin/dead-letters/{id}/replay',
    access: access.permission('system.manage'),
    summary: 'Deliver a dead letter again',
    description:
      'Gives the handler all its attempts anew, soon. The event comes after what its aggregate has had since. Asked for twice, it is replayed once and the second answer is 404.',
    params: DeadLetterParams,
    example: { params: { id: example.id } },
    responses: { 204: { description: 'It will be delivered' } },
    errors: [httpErrors.notFound],
    handler: async (request, reply) => {
      await service.replay(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  });
}
