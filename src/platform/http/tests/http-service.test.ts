import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { okResponse, serve } from '../../../testing/test-server.js';
import { access, defineRoute, EventStreams, HttpService } from '../index.js';

const limitMs = 4_000;

it('a connection that never carried a request does not hold up a stop', async () => {
  const route = defineRoute({
    method: 'GET',
    path: '/p',
    access: access.public,
    summary: 'A test',
    responses: okResponse,
    handler: () => ({ ok: true }),
  });
  const { fastify } = await serve([route]);
  const service = new HttpService({
    fastify,
    streams: new EventStreams(() => ({})),
    host: '127.0.0.1',
    port: 0,
    streamDeadlineMs: 100,
    prepare: async () => {},
  });
  const { port } = fastify.server.address() as { port: number };
  const silent = connect(port, '127.0.0.1');
  const accepted = once(fastify.server, 'connection');
  await Promise.all([once(silent, 'connect'), accepted]);
  const startMs = performance.now();
  await service.close();
  expect(performance.now() - startMs).toBeLessThan(limitMs);
});
