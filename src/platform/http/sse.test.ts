import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type EventStreamEnding,
  type EventStreamOptions,
  encodeEvent,
  type ServerEvent,
} from './event-stream.js';
import { EventStreams } from './sse.js';

const stopping = { event: 'error', data: { code: 'server-stopping' } };
const problemOf = (error: unknown) => ({ code: 'internal-error', title: (error as Error).message });
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Serving {
  url: string;
  port: number;
  streams: EventStreams;
  /** The ending of the next stream that closes. */
  ending: Promise<EventStreamEnding>;
}

async function serve(source: AsyncIterable<ServerEvent>, options: EventStreamOptions = {}): Promise<Serving> {
  const app: FastifyInstance = Fastify({ forceCloseConnections: true });
  const streams = new EventStreams(problemOf);
  const ending = new Promise<EventStreamEnding>((resolve, reject) => {
    app.get('/', (_request, reply: FastifyReply) => {
      reply.header('x-request-id', 'request-1');
      reply.raw.setHeader('x-frame-options', 'DENY');
      streams.open(reply, source, options).then(resolve, reject);
      return reply;
    });
  });
  ending.catch(() => {});
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  cleanups.push(() => app.close());
  return { url, port: (app.server.address() as AddressInfo).port, streams, ending };
}

async function* counting(count: number): AsyncGenerator<ServerEvent> {
  for (let n = 1; n <= count; n++) yield { id: n, event: 'tick', data: { n } };
}

/** One event, then nothing until `release` is called. */
function held(): { source: AsyncIterable<ServerEvent>; release: () => void; returned: Promise<void> } {
  let release = () => {};
  let onReturn = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const returned = new Promise<void>((resolve) => {
    onReturn = resolve;
  });
  async function* events(): AsyncGenerator<ServerEvent> {
    try {
      yield { id: 7, event: 'start', data: {} };
      await gate;
      yield { id: 8, event: 'done', data: {} };
    } finally {
      onReturn();
    }
  }
  return { source: events(), release, returned };
}

/** A client that sends the request and does not read unless told to. */
async function mute(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  cleanups.push(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  return socket;
}

/** Reads until `text` has come, or to the end. */
async function readUntil(response: Response, text?: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let seen = '';
  while (text === undefined || !seen.includes(text)) {
    const chunk = await reader?.read();
    if (!chunk || chunk.done) break;
    seen += decoder.decode(chunk.value, { stream: true });
  }
  reader?.releaseLock();
  return seen;
}

describe('event streams', () => {
  it('write id, event and data in this order and keep the headers set on the reply', async () => {
    const { url, ending } = await serve(counting(2));
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-request-id')).toBe('request-1');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(
      'id: 1\nevent: tick\ndata: {"n":1}\n\nid: 2\nevent: tick\ndata: {"n":2}\n\n',
    );
    expect(await ending).toBe('finished');
  });

  it('cannot be forged by line breaks in data, and refuse them in ids and names', () => {
    const frame = encodeEvent({ id: 1, event: 'delta', data: { text: 'a\n\nid: 9\nevent: done\r\u2028' } });
    expect(frame.split('\n')).toHaveLength(5);
    expect(() => encodeEvent({ id: '1\nevent: done', event: 'delta', data: {} })).toThrow(/line break/);
    expect(() => encodeEvent({ id: 1, event: 'a\rb', data: {} })).toThrow(/line break/);
  });

  it('send comment heartbeats while the source is silent', async () => {
    const { source, release } = held();
    const { url, ending } = await serve(source, { heartbeatMs: 5 });
    const response = await fetch(url);
    expect(await readUntil(response, ': heartbeat\n\n: heartbeat\n\n')).toContain(
      ': heartbeat\n\n: heartbeat\n\n',
    );
    release();
    expect(await readUntil(response, 'event: done')).toContain('id: 8\nevent: done');
    expect(await ending).toBe('finished');
  });

  it('notice a client that leaves, and end the source', async () => {
    const { source, release, returned } = held();
    const { url, ending, streams } = await serve(source);
    const leaving = new AbortController();
    const response = await fetch(url, { signal: leaving.signal });
    await readUntil(response, 'event: start');
    leaving.abort();
    expect(await ending).toBe('disconnected');
    expect(streams.size).toBe(0);
    release();
    await returned;
  });

  it('ask the source for no more than a client takes', async () => {
    let produced = 0;
    const block = 'x'.repeat(64 * 1024);
    async function* endless(): AsyncGenerator<ServerEvent> {
      for (;;) yield { id: ++produced, event: 'block', data: block };
    }
    const { port, ending } = await serve(endless(), { stalledMs: 150 });
    await mute(port);
    expect(await ending).toBe('disconnected');
    // What kernel buffers and one event hold; an unbounded writer would have filled the heap.
    expect(produced * block.length).toBeLessThan(32 * 1024 * 1024);
  });

  it('go on where a slow client lets them, losing nothing', async () => {
    const events = 300;
    async function* large(): AsyncGenerator<ServerEvent> {
      for (let n = 1; n <= events; n++) yield { id: n, event: 'block', data: 'x'.repeat(32 * 1024) };
    }
    const { url, ending } = await serve(large());
    const text = await (await fetch(url)).text();
    expect([...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))).toEqual(
      Array.from({ length: events }, (_, n) => n + 1),
    );
    expect(await ending).toBe('finished');
  });

  it('tell of a failed source as an error event under the last id', async () => {
    async function* failing(): AsyncGenerator<ServerEvent> {
      yield { id: 1, event: 'tick', data: {} };
      throw new Error('no more');
    }
    const { url, ending } = await serve(failing());
    expect(await (await fetch(url)).text()).toBe(
      'id: 1\nevent: tick\ndata: {}\n\n' +
        'id: 1\nevent: error\ndata: {"code":"internal-error","title":"no more"}\n\n',
    );
    expect(await ending).toBe('failed');
  });
});

describe('draining event streams', () => {
  it('returns at once without streams and lets short ones end by themselves', async () => {
    const { source, release } = held();
    const { url, streams, ending } = await serve(source);
    await new EventStreams(problemOf).drain({ deadlineMs: 60_000, lastEvent: stopping });
    const response = await fetch(url);
    await readUntil(response, 'event: start');
    const drained = streams.drain({ deadlineMs: 60_000, lastEvent: stopping });
    release();
    await drained;
    expect(await readUntil(response)).not.toContain('server-stopping');
    expect(await ending).toBe('finished');
  });

  it('gives a running stream its deadline, then the last event under the last id sent', async () => {
    const { url, streams, ending } = await serve(held().source);
    const response = await fetch(url);
    await readUntil(response, 'event: start');
    await streams.drain({ deadlineMs: 10, lastEvent: stopping });
    expect(await readUntil(response)).toBe('id: 7\nevent: error\ndata: {"code":"server-stopping"}\n\n');
    expect(await ending).toBe('stopped');
  });

  it('lets a source that is told to stop end with an event of its own', async () => {
    const { source, release } = held();
    const { url, streams, ending } = await serve(source, { onStop: () => release(), stopGraceMs: 60_000 });
    const response = await fetch(url);
    await readUntil(response, 'event: start');
    await streams.drain({ deadlineMs: 10, lastEvent: stopping });
    expect(await readUntil(response)).toBe('id: 8\nevent: done\ndata: {}\n\n');
    expect(await ending).toBe('finished');
  });

  it('stops a stream that opens after the deadline at once', async () => {
    const { url, streams, ending } = await serve(held().source);
    await streams.drain({ deadlineMs: 0, lastEvent: stopping });
    expect(await (await fetch(url)).text()).toContain('event: error\ndata: {"code":"server-stopping"}');
    expect(await ending).toBe('stopped');
  });

  it('is not held up by a client that takes nothing', async () => {
    async function* endless(): AsyncGenerator<ServerEvent> {
      for (let n = 1; ; n++) yield { id: n, event: 'block', data: 'x'.repeat(64 * 1024) };
    }
    const { port, streams, ending } = await serve(endless(), { stalledMs: 600_000 });
    const socket = await mute(port);
    socket.once('readable', () => {});
    await once(socket, 'readable');
    await streams.drain({ deadlineMs: 10, lastEvent: stopping });
    expect(await ending).toBe('stopped');
  });

  it('tells long answers to end at the deadline, and those that begin after it at once', async () => {
    const streams = new EventStreams(problemOf);
    let stopped = 0;
    const release = streams.stopWith(() => stopped++);
    await streams.drain({ deadlineMs: 5, lastEvent: stopping });
    expect(stopped).toBe(1);
    release();
    streams.stopWith(() => stopped++)();
    expect(stopped).toBe(2);
  });

  it('does not wait for the deadline when the last long answer is given', async () => {
    const streams = new EventStreams(problemOf);
    const release = streams.stopWith(() => expect.unreachable());
    const drained = streams.drain({ deadlineMs: 600_000, lastEvent: stopping });
    release();
    await drained;
    expect(streams.size).toBe(0);
  });
});
