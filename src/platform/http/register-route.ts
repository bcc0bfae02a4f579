import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RouteHandlerMethod,
} from 'fastify';
import type { Idempotency, Once } from '../idempotency/index.js';
import { type AdmissionOptions, admissionOf } from './admission.js';
import type { Caller } from './caller.js';
import { withHandlerLimit } from './handler-limit.js';
import type { HttpConfig } from './http.config.js';
import { keepRawBody } from './raw-body.js';
import { type Route, templateOf } from './route.js';
import { checkRoute } from './route-check.js';

interface RegisterOptions extends AdmissionOptions {
  readonly config: Pick<HttpConfig, 'handlerTimeoutMs'>;
  /** Where the keys of `idempotent` routes are kept. */
  readonly idempotency?: Idempotency | undefined;
}

/** Adds a declared route; fails the boot when its declaration is incomplete. */
export function registerRoute(fastify: FastifyInstance, route: Route, options: RegisterOptions): void {
  checkRoute(route);
  const template = templateOf(route);
  const { bodyLimitBytes, timeLimitMs } = route;
  const admit = admissionOf(route, options);
  fastify.route({
    method: route.method,
    url: template.replace(/\{(\w+)\}/g, ':$1'),
    schema: schemaOf(route),
    config: { template, unsheddable: route.unsheddable ?? false },
    ...(bodyLimitBytes !== undefined && { bodyLimit: bodyLimitBytes }),
    ...(admit && { onRequest: admit }),
    ...(route.keepRawBody && { preParsing: keepRawBody }),
    handler: withHandlerLimit(
      answerOf(route, options.idempotency),
      timeLimitMs ?? options.config.handlerTimeoutMs,
    ),
  });
}

declare module 'fastify' {
  interface FastifyContextConfig {
    unsheddable?: boolean;
  }
  interface FastifyRequest {
    once: Once | undefined;
  }
}

/** The one success status of a route is set for its handler; a route with several sets its own. */
function answerOf(route: Route, idempotency: Idempotency | undefined): RouteHandlerMethod {
  const { handler } = route;
  const onceOf = route.idempotent && onceOfRoute(route, idempotency);
  const successes = Object.keys(route.responses).map(Number);
  const status = successes.length === 1 ? (successes[0] as number) : 200;
  return async (request, reply) => {
    reply.code(status);
    if (onceOf) request.once = onceOf(request, reply);
    // biome-ignore lint/suspicious/noExplicitAny: the declaration tied the handler to its schemas.
    return handler(request as any, reply);
  };
}

function onceOfRoute(route: Route, idempotency: Idempotency | undefined) {
  const operation = `${route.method} ${templateOf(route)}`;
  if (!idempotency) throw new Error(`Route ${operation}: it is idempotent, and nothing here keeps keys.`);
  return ({ headers, caller, params, query, body }: FastifyRequest, reply: FastifyReply): Once =>
    idempotency.once({
      key: headers['idempotency-key'],
      userId: (caller as Caller).userId,
      operation,
      input: { params, query, body },
      replayed: () => void reply.header('idempotency-replayed', 'true'),
    });
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
