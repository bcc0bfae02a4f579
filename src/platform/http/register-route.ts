import type { FastifyInstance, FastifySchema, RouteHandlerMethod } from 'fastify';
import { type GuardOptions, guardOf } from './access-guard.js';
import { withHandlerLimit } from './handler-limit.js';
import type { HttpConfig } from './http.config.js';
import { type Route, templateOf } from './route.js';
import { checkRoute } from './route-check.js';

interface RegisterOptions extends GuardOptions {
  readonly config: Pick<HttpConfig, 'handlerTimeoutMs'>;
}

/** Adds a declared route; fails the boot when its declaration is incomplete. */
export function registerRoute(fastify: FastifyInstance, route: Route, options: RegisterOptions): void {
  checkRoute(route);
  const template = templateOf(route);
  const { bodyLimitBytes, timeLimitMs } = route;
  const admit = guardOf(route.access, options);
  fastify.route({
    method: route.method,
    url: template.replace(/\{(\w+)\}/g, ':$1'),
    schema: schemaOf(route),
    config: { template, unsheddable: route.unsheddable ?? false },
    ...(bodyLimitBytes !== undefined && { bodyLimit: bodyLimitBytes }),
    ...(admit && { onRequest: admit }),
    handler: withHandlerLimit(answerOf(route), timeLimitMs ?? options.config.handlerTimeoutMs),
  });
}

declare module 'fastify' {
  interface FastifyContextConfig {
    unsheddable?: boolean;
  }
}

/** The one success status of a route is set for its handler; a route with several sets its own. */
function answerOf({ handler, responses }: Route): RouteHandlerMethod {
  const successes = Object.keys(responses).map(Number);
  const status = successes.length === 1 ? (successes[0] as number) : 200;
  return async (request, reply) => {
    reply.code(status);
    // biome-ignore lint/suspicious/noExplicitAny: the declaration tied the handler to its schemas.
    return handler(request as any, reply);
  };
}

function schemaOf({ params, query, body, responses }: Route): FastifySchema {
  const response: Record<string, unknown> = {};
  for (const [status, { schema }] of Object.entries(responses)) if (schema) response[status] = schema;
  return {
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(body && { body }),
    ...(Object.keys(response).length > 0 && { response }),
  };
}
