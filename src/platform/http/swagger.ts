import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { access } from './access.js';
import { defineRoute, type Route } from './route.js';

/** The API document for programs. `document` is called once, after all routes are known. */
export function openApiRoute(document: () => unknown): Route {
  return defineRoute({
    method: 'GET',
    path: '/openapi.json',
    root: true,
    access: access.public,
    summary: 'This API as an OpenAPI 3.1 document',
    responses: {
      200: {
        description: 'The document',
        media: { type: 'application/json', example: '{"openapi":"3.1.0"}' },
      },
    },
    handler: (_request, reply) => {
      reply.type('application/json; charset=utf-8');
      return JSON.stringify(document());
    },
  });
}

/** The API document for people, at /swagger/; /docs leads there. */
export async function registerSwaggerUi(fastify: FastifyInstance, document: object): Promise<void> {
  await fastify.register(swagger, { mode: 'static', specification: { document: document as never } });
  await fastify.register(swaggerUi, {
    routePrefix: '/swagger',
    staticCSP: true,
    uiConfig: {
      layout: 'BaseLayout',
      persistAuthorization: true,
      displayRequestDuration: true,
      filter: true,
    },
  });
  fastify.get('/docs', (_request, reply) => reply.redirect('/swagger/'));
}
