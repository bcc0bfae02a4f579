import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from '../logger/index.js';
import { byteCount, routeLabel } from './http-metrics.js';

/** One line when a request ends: a warning when it was slow, an error for a 5xx. */
export function logRequests(fastify: FastifyInstance, log: Logger, slowRequestMs: number): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    const fields = {
      method: request.method,
      route: routeLabel(request),
      status: reply.statusCode,
      durationMs,
      bytes: byteCount(reply.getHeader('content-length')),
    };
    if (reply.statusCode >= 500) log.error(fields, 'request failed');
    else if (durationMs >= slowRequestMs && !isEventStream(reply)) log.warn(fields, 'request was slow');
    else log.info(fields, 'request');
    done();
  });
}

/** A stream lasts as long as it has something to say. */
function isEventStream(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type')).startsWith('text/event-stream');
}
