import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { measureHttp } from './http-load.js';

/** The process of these servers is this one. */
const server = {
  cpuMicros: async () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
};

async function serve(listener: RequestListener): Promise<string> {
  const http = createServer(listener);
  onTestFinished(async () => {
    http.closeAllConnections();
    http.close();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
}

it('measures the answers of a server, with as many connections as asked for', async () => {
  const connections = new Set<unknown>();
  let answered = 0;
  const url = await serve((request, response) => {
    connections.add(request.socket);
    answered += 1;
    response.end(request.headers.authorization);
  });
  const sample = await measureHttp({
    server,
    url,
    forMs: 100,
    connections: 3,
    headers: { authorization: 'Bearer x' },
  });
  expect(connections.size).toBe(3);
  expect(sample.calls).toBeGreaterThan(0);
  expect(sample.calls).toBeLessThanOrEqual(answered);
  expect(sample.cpu).toBeGreaterThan(0);
  expect(sample.p99).toBeGreaterThanOrEqual(sample.p50);
});

it('a server that is slower than the load is given longer', async () => {
  const slowMs = 80;
  const url = await serve((_request, response) => {
    setTimeout(() => response.end(), slowMs);
  });
  const sample = await measureHttp({ server, url, forMs: 20, connections: 1 });
  expect(sample.calls).toBeGreaterThan(0);
  expect(sample.p50).toBeGreaterThan(slowMs / 2);
});

it('a server that refuses is no measurement', async () => {
  const url = await serve((_request, response) => response.writeHead(503).end());
  await expect(measureHttp({ server, url, forMs: 60, connections: 1 })).rejects.toThrow(
    /\d+ × 503, expected 2xx only/,
  );
});

it.each([
  ['http://192.0.2.1/', 100, 1, 'is not on this machine'],
  ['http://127.0.0.1.example.org/', 100, 1, 'is not on this machine'],
  ['http://127.0.0.1/', 100, 501, '501 connections: expected 1 to 500'],
  ['http://127.0.0.1/', 60_001, 1, '60001 ms: expected'],
])(
  '%s for %d ms with %d connections is refused before anything is sent',
  async (url, forMs, connections, words) => {
    await expect(measureHttp({ server, url, forMs, connections })).rejects.toThrow(words);
  },
);
