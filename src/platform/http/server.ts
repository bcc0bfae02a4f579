import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import underPressure from '@fastify/under-pressure';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { runWithContext, traceContext } from '../context/index.js';
import type { Idempotency } from '../idempotency/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import { type AdmissionOptions, countGuest } from './admission.js';
import type { HttpConfig } from './http.config.js';
import { httpErrors } from './http.errors.js';
import { HttpMetrics } from './http-metrics.js';
import { reportProblem } from './problem.js';
import { registerRoute } from './register-route.js';
import { logRequests } from './request-log.js';
import { methodLookup, type Route } from './route.js';
import { validatorCompiler } from './validation.js';

export interface ServerOptions extends AdmissionOptions {
  readonly config: HttpConfig;
  readonly routes: readonly Route[];
  /** Needed when a route is `idempotent`. */
  readonly idempotency?: Idempotency;
  /** True from the moment the application was told to stop. */
  readonly draining: () => boolean;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const requestIdPattern = /^[A-Za-z0-9._-]{8,128}$/;
const shedRetryAfterSeconds = 2;
/** A path parameter is an id or a name. */
const paramLengthMax = 200;

/** A Fastify server with every limit set and every route registered; it does not listen yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { config, log } = options;
  const fastify = Fastify({
    logger: false,
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    http: { headersTimeout: config.headersTimeoutMs, connectionsCheckingInterval: 5_000 },
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: paramLengthMax, ignoreTrailingSlash: true },
    genReqId: requestIdOf,
    frameworkErrors: (error, request, reply) => refuseAddress(error, request, reply, options),
    clientErrorHandler: refuseUnparsable,
  });
  fastify.server.maxConnections = config.maxConnections;
  fastify.setValidatorCompiler(validatorCompiler);
  fastify.decorateRequest('caller', undefined);
  fastify.decorateRequest('abandoned');
  fastify.decorateRequest('once', undefined);
  fastify.decorateRequest('tightest', undefined);

  carryContext(fastify);
  const metrics = new HttpMetrics(options.metrics);
  metrics.watch(fastify);
  logRequests(fastify, log, config.slowRequestMs);
  answerProblems(fastify, options);
  announceDrain(fastify, options.draining);
  await shedLoad(fastify, config, metrics);
  await protect(fastify, config);
  for (const route of options.routes) registerRoute(fastify, route, options);
  return fastify;
}

function requestIdOf(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID();
}

/** Everything that a request causes, its log lines too, carries its ids. */
function carryContext(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { traceId, spanId } = traceContext(request.headers.traceparent);
    reply.header('x-request-id', request.id);
    runWithContext({ requestId: request.id, traceId, spanId }, () => done());
  });
}

function answerProblems(fastify: FastifyInstance, { routes, limits, log, config }: ServerOptions): void {
  fastify.setErrorHandler((error, request, reply) => {
    const answer = reportProblem(error, request, { log, defaultLanguage: config.defaultLanguage });
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
  const methodsAt = methodLookup(routes);
  fastify.setNotFoundHandler(async (request, reply) => {
    if (limits) await countGuest(limits, request, reply);
    const allowed = methodsAt(request.url);
    if (allowed.length === 0) throw httpErrors.notFound();
    reply.header('allow', allowed.join(', '));
    throw httpErrors.methodNotAllowed({ params: { allowed: allowed.join(', '), method: request.method } });
  });
}

/** An address that the router cannot read never reaches the hooks, so it is answered here. */
function refuseAddress(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { log, config }: ServerOptions,
): void {
  const { traceId, spanId } = traceContext(request.headers.traceparent);
  runWithContext({ requestId: request.id, traceId, spanId }, () => {
    const answer = reportProblem(error, request, { log, defaultLanguage: config.defaultLanguage });
    void reply
      .code(answer.status)
      .headers({ ...answer.headers, 'x-request-id': request.id })
      .send(answer.body);
  });
}

/** A request that is no HTTP gets an answer that is. */
function refuseUnparsable(error: Error & { code?: string }, socket: import('node:net').Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const body = JSON.stringify({
    type: '/errors/malformed-request',
    title: tooLarge ? 'The headers are too large' : 'The request is not HTTP',
    status: tooLarge ? 431 : 400,
    code: 'malformed-request',
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** While traffic is still served during a drain, clients are told to open no more requests on this connection. */
function announceDrain(fastify: FastifyInstance, draining: () => boolean): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (draining()) reply.header('connection', 'close');
    done(null, payload);
  });
}

async function shedLoad(fastify: FastifyInstance, config: HttpConfig, metrics: HttpMetrics): Promise<void> {
  if (config.maxEventLoopDelayMs === 0) return;
  await fastify.register(underPressure, {
    maxEventLoopDelay: config.maxEventLoopDelayMs,
    pressureHandler: (request) => {
      if (request.routeOptions.config.unsheddable) return;
      metrics.shed();
      throw httpErrors.overloaded({ retryAfterSeconds: shedRetryAfterSeconds });
    },
  });
}

async function protect(fastify: FastifyInstance, config: HttpConfig): Promise<void> {
  await fastify.register(helmet, {
    // Swagger UI brings its own policy; everything else here is data.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'same-site' },
  });
  await fastify.register(cors, {
    origin: [...config.corsOrigins],
    exposedHeaders: [
      'x-request-id',
      'location',
      'retry-after',
      'ratelimit',
      'ratelimit-policy',
      'idempotency-replayed',
    ],
    maxAge: 600,
  });
  await fastify.register(multipart, {
    limits: { files: 1, fields: 10, parts: 11, fieldSize: 10_000, fieldNameSize: 100, headerPairs: 50 },
  });
}
