import { Readable } from 'node:stream';
import type { preParsingAsyncHookHandler } from 'fastify';
import { httpErrors } from './http.errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a route that keeps it: the bytes of the body, as they came. */
    rawBody?: Buffer;
  }
}

/** Reads the body, within the route's limit, and hands the same bytes on to the parser. */
export const keepRawBody: preParsingAsyncHookHandler = async (request, _reply, payload) => {
  const limit = request.routeOptions.bodyLimit ?? 0;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > limit) throw httpErrors.bodyTooLarge();
    chunks.push(bytes);
  }
  request.rawBody = Buffer.concat(chunks);
  return Object.assign(Readable.from([request.rawBody]), { receivedEncodedLength: length });
};
