import type { FastifyReply, FastifyRequest } from 'fastify';
import { httpErrors } from './http.errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborts when the client leaves before its answer is complete, or when the handler's time is over. */
    abandoned: AbortSignal;
  }
}

type Answer = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * `answer` with `request.abandoned`, given up with 503 `took-too-long` after `limitMs` unless it has
 * taken the reply over as a stream. Fastify's own `handlerTimeout` and `request.signal` end when the
 * request's body has been read, since they follow the request instead of the answer.
 */
export function withHandlerLimit(answer: Answer, limitMs: number): Answer {
  return async (request, reply) => {
    const abandoned = new AbortController();
    request.abandoned = abandoned.signal;
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) abandoned.abort(new Error('the client left before its answer'));
    });
    const result = answer(request, reply);
    return result instanceof Promise ? settledWithin(result, limitMs, reply, abandoned) : result;
  };
}

async function settledWithin<T>(
  running: Promise<T>,
  limitMs: number,
  reply: FastifyReply,
  abandoned: AbortController,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      if (reply.sent) return;
      const error = httpErrors.tookTooLong();
      reject(error);
      abandoned.abort(error);
    }, limitMs);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}
