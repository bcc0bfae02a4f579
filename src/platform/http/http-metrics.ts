import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/index.js';

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const bytesBuckets = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216];

/** A request's route as a label: the declared template, never the raw path. */
export function routeLabel(request: FastifyRequest): string {
  return request.routeOptions.config.template ?? 'unmatched';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `/api/v1/books/{id}` */
    template?: string;
  }
}

export class HttpMetrics {
  readonly #requests;
  readonly #durations;
  readonly #requestSizes;
  readonly #responseSizes;
  readonly #shed;
  #active = 0;
  readonly #methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter({
      name: 'http_requests_total',
      help: 'Requests answered',
      labels: ['method', 'route', 'status'],
    });
    const perRoute = { labels: ['method', 'route'] as const };
    this.#durations = metrics.histogram(
      {
        name: 'http_request_duration_seconds',
        help: 'From the request to the end of its answer',
        ...perRoute,
      },
      secondsBuckets,
    );
    this.#requestSizes = metrics.histogram(
      { name: 'http_request_size_bytes', help: 'Declared size of request bodies' },
      bytesBuckets,
    );
    this.#responseSizes = metrics.histogram(
      { name: 'http_response_size_bytes', help: 'Declared size of response bodies' },
      bytesBuckets,
    );
    this.#shed = metrics.counter({
      name: 'http_requests_shed_total',
      help: 'Requests refused under overload',
    });
    metrics.gauge({ name: 'http_active_requests', help: 'Requests being answered now' }, (gauge) =>
      gauge.set(this.#active),
    );
  }

  shed(): void {
    this.#shed.inc();
  }

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (_request, reply, done) => {
      this.#active += 1;
      reply.raw.once('close', () => {
        this.#active -= 1;
      });
      done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      this.#record(request, reply);
      done();
    });
  }

  #record(request: FastifyRequest, reply: FastifyReply): void {
    const route = routeLabel(request);
    const method = this.#methods.has(request.method) ? request.method : 'other';
    this.#requests.inc({ method, route, status: String(reply.statusCode) });
    this.#durations.observe({ method, route }, reply.elapsedTime / 1000);
    this.#requestSizes.observe(byteCount(request.headers['content-length']));
    this.#responseSizes.observe(byteCount(reply.getHeader('content-length')));
  }
}

export function byteCount(header: unknown): number {
  const bytes = Number(header);
  return Number.isFinite(bytes) && bytes >= 0 ? bytes : 0;
}
