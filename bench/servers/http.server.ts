import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import Type from 'typebox';
import { sectionDefaults } from '../../src/platform/config/index.js';
import { access, createServer, defineRoute, httpConfig } from '../../src/platform/http/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import { type Served, serveForked } from '../harness/forked-server.js';
import { nullLogger } from './null-logger.js';

export type HttpServerKind = 'qingyu' | 'bare-fastify' | 'bare-node';

const path = '/api/v1/bench/chapter';
const schema = Type.Object({
  id: Type.String(),
  title: Type.String(),
  words: Type.Integer(),
  free: Type.Boolean(),
});
const chapter = { id: '01939b5e-7a9c-7d52-8f3a-0123456789ab', title: '渡口的灯', words: 3120, free: true };

const kinds: Record<HttpServerKind, () => Promise<Served<{ url: string }>>> = {
  qingyu: serveOurs,
  'bare-fastify': serveFastify,
  'bare-node': serveNode,
};

await serveForked(({ kind }: { kind: HttpServerKind }) => kinds[kind]());

/** The server of the application with its defaults, its log written to nowhere. */
async function serveOurs() {
  const route = defineRoute({
    method: 'GET',
    path: path.replace('/api/v1', ''),
    access: access.public,
    summary: 'A chapter',
    responses: { 200: { description: 'The chapter', schema, example: chapter } },
    handler: async () => chapter,
  });
  const fastify = await createServer({
    config: sectionDefaults(httpConfig),
    routes: [route],
    authenticator: { authenticate: () => Promise.reject(new Error('nobody signs in here')) },
    controlToken: 'a-token-that-nobody-uses',
    draining: () => false,
    log: nullLogger(),
    metrics: new Metrics(),
  });
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 });
  return { info: { url: `${url}${path}` }, close: () => fastify.close() };
}

async function serveFastify() {
  const fastify = Fastify();
  fastify.get(path, { schema: { response: { 200: schema } } }, async () => chapter);
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 });
  return { info: { url: `${url}${path}` }, close: () => fastify.close() };
}

async function serveNode() {
  const server = createHttpServer((_request, response) => {
    const body = JSON.stringify(chapter);
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { info: { url: `http://127.0.0.1:${port}${path}` }, close };
}
