import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from './fault-proxy.js';

/** A server that answers with what it gets, and the proxy before it. */
async function start() {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(bytes.toString());
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const proxy = await FaultProxy.start({ host: '127.0.0.1', port });
  return { proxy, received: () => received.join(''), sockets };
}

class Client {
  readonly socket: Socket;
  text = '';
  /** The code of the error it ended with; 'closed' without one. */
  ended: string | undefined;

  constructor(proxy: FaultProxy) {
    this.socket = connect({ host: proxy.host, port: proxy.port, noDelay: true });
    this.socket.on('data', (bytes) => {
      this.text += bytes;
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.ended = error.code;
    });
    this.socket.on('close', () => {
      this.ended ??= 'closed';
    });
    onTestFinished(() => void this.socket.destroy());
  }

  /** Milliseconds until `text` came back. */
  async echo(text: string): Promise<number> {
    this.text = '';
    const startMs = performance.now();
    this.socket.write(text);
    await expect.poll(() => this.text, { interval: 1, timeout: 10_000 }).toBe(text);
    return performance.now() - startMs;
  }
}

test('without a fault it passes everything, in order, both ways, and the end as well', async () => {
  const { proxy, received } = await start();
  const client = new Client(proxy);
  const text = Array.from({ length: 20_000 }, (_, index) => `${index} `).join('');
  await client.echo(text);
  expect(received()).toBe(text);
  client.socket.end();
  await expect.poll(() => client.ended).toBe('closed');
  await expect.poll(() => proxy.connections).toBe(0);
});

test('a target is an address, or a URL that keeps its user, its path and its question', async () => {
  const proxy = await FaultProxy.start('redis://user:secret@127.0.0.1:1/3?a=b');
  expect(proxy.url).toBe(`redis://user:secret@127.0.0.1:${proxy.port}/3?a=b`);
  await expect(FaultProxy.start('redis://127.0.0.1')).rejects.toThrow(/needs the port/);
});

test('a delay is added to each way, keeps the order, and ends when it is taken back', async () => {
  const { proxy, received } = await start();
  const client = new Client(proxy);
  await client.echo('warm');
  proxy.delayMs = 60;
  expect(await client.echo('one')).toBeGreaterThanOrEqual(119);
  client.text = '';
  client.socket.write('one ');
  await expect.poll(received, { interval: 1 }).toBe('warmoneone ');
  proxy.heal();
  client.socket.write('two');
  await expect.poll(() => client.text).toBe('one two');
});

test('what the server sent before it ended arrives, however late', async () => {
  const { proxy, sockets } = await start();
  proxy.delayMs = 50;
  const client = new Client(proxy);
  await client.echo('a');
  for (const socket of sockets) socket.end('last words');
  await expect.poll(() => client.ended).toBe('closed');
  expect(client.text).toBe('alast words');
});

test('dropped bytes are swallowed on their way there, on their way back, or both; the connection stands', async () => {
  const { proxy, received } = await start();
  const client = new Client(proxy);
  await client.echo('a');

  proxy.drop = 'to-server';
  client.socket.write('bcd');
  await expect.poll(() => proxy.droppedBytes).toBe(3);
  proxy.heal();
  await client.echo('e');
  expect(received()).toBe('ae');

  proxy.drop = 'to-client';
  client.text = '';
  client.socket.write('f');
  await expect.poll(() => proxy.droppedBytes).toBe(4);
  proxy.heal();
  await client.echo('g');
  expect(received()).toBe('aefg');
  expect(client.ended).toBeUndefined();
});

test('a reset is a reset to the client, and the next connection is served', async () => {
  const { proxy } = await start();
  const client = new Client(proxy);
  await client.echo('a');
  proxy.reset();
  await expect.poll(() => client.ended).toBe('ECONNRESET');
  await new Client(proxy).echo('b');
});

test('while connections are reset at once, none gets through', async () => {
  const { proxy, received } = await start();
  proxy.accept = 'reset';
  const client = new Client(proxy);
  client.socket.write('a');
  await expect.poll(() => client.ended).toBe('ECONNRESET');
  expect(received()).toBe('');
});

test('a half-open connection is accepted and never answered, but those from before are served', async () => {
  const { proxy, received } = await start();
  const before = new Client(proxy);
  await before.echo('a');
  proxy.accept = 'half-open';
  const client = new Client(proxy);
  client.socket.write('b');
  await expect.poll(() => proxy.connections).toBe(2);
  await before.echo('c');
  expect([received(), client.text, client.ended]).toEqual(['ac', '', undefined]);
  proxy.heal();
  client.socket.write('d');
  await new Client(proxy).echo('e');
  expect([received(), client.text, client.ended]).toEqual(['ace', '', undefined]);
  client.socket.end();
  await expect.poll(() => client.ended).toBe('closed');
});

test('after the peer vanished its connections stay open and silent', async () => {
  const { proxy, received, sockets } = await start();
  const client = new Client(proxy);
  await client.echo('a');
  proxy.vanish();
  client.socket.write('b');
  await expect.poll(() => [...sockets].every((socket) => socket.destroyed)).toBe(true);
  await new Client(proxy).echo('c');
  expect([received(), client.text, client.ended]).toEqual(['ac', 'a', undefined]);
});

test('a limited bandwidth takes its time, and the sender feels it', async () => {
  const { proxy, received } = await start();
  const client = new Client(proxy);
  proxy.bytesPerSecond = 10_000;
  // Both ways run at the same time, so it takes the time of one.
  expect(await client.echo('x'.repeat(3_000))).toBeGreaterThanOrEqual(280);
  const megabytes = 32;
  client.socket.write('y'.repeat(megabytes * 1024 * 1024));
  await expect.poll(received).toContain('y');
  expect(client.socket.writableLength).toBeGreaterThan((megabytes / 2) * 1024 * 1024);
});

test('a killed one refuses, and comes back on its port', async () => {
  const { proxy } = await start();
  const client = new Client(proxy);
  await client.echo('a');
  await proxy.kill();
  await expect.poll(() => client.ended).toBe('closed');
  const refused = new Client(proxy);
  await expect.poll(() => refused.ended).toBe('ECONNREFUSED');
  await proxy.restart();
  await new Client(proxy).echo('b');
});

test('cuts a connection at a text, before the server has it or after', async () => {
  const { proxy, received } = await start();
  for (const [when, got] of [
    ['before', ''],
    ['after', 'commit'],
  ] as const) {
    proxy.cutAt = { text: 'commit', when };
    const client = new Client(proxy);
    client.socket.write('commit');
    await expect.poll(() => client.ended).toBe('closed');
    expect([received(), client.text]).toEqual([got, '']);
  }
  await new Client(proxy).echo('commit');
});

test('cuts only the connection that sent what the text is to follow', async () => {
  const { proxy } = await start();
  proxy.cutAt = { text: 'commit', when: 'before', following: 'insert' };
  const bystander = new Client(proxy);
  const meant = new Client(proxy);
  await meant.echo('insert');
  await bystander.echo('commit');
  meant.socket.write('commit');
  await expect.poll(() => meant.ended).toBe('closed');
  await bystander.echo('commit again');
});
