import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { FaultLane } from './fault-lane.js';

export interface FaultTarget {
  readonly host: string;
  readonly port: number;
}

/** What a new connection meets. `half-open`: it is accepted and nobody is behind it. `reset`: it ends with RST. */
export type Acceptance = 'serve' | 'half-open' | 'reset';

export interface Cut {
  readonly text: string;
  /** Before the server sees the text, or after. */
  readonly when: 'before' | 'after';
  /** Only on a connection that sent this earlier, so that nobody else's text is taken for the one that is meant. */
  readonly following?: string;
}

/**
 * A way to any TCP server that can break like a network or a server does. A fault that is set holds for the
 * bytes and connections that come from then on, until it is taken back or `heal` is called.
 */
export class FaultProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  /** The target's URL (`tcp://` if it was given by host and port) with the proxy's address in it. */
  readonly url: string;
  /** Added to each way: a round trip takes twice as long. */
  delayMs = 0;
  /** Of each way of each connection; undefined does not limit. */
  bytesPerSecond: number | undefined;
  /** Swallows what the client sends, what the server sends, or both, like a machine that lost its power. */
  drop: 'none' | 'to-server' | 'to-client' | 'both' = 'none';
  accept: Acceptance = 'serve';
  /** How many bytes `drop` swallowed so far. */
  droppedBytes = 0;
  /** Cuts a connection, once, when its client sends a text. */
  cutAt: Cut | undefined;
  readonly #target: FaultTarget;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  /** The client that sent what the cut is to follow. */
  #followed: Socket | undefined;

  private constructor(target: URL, server: Server) {
    this.port = (server.address() as { port: number }).port;
    this.#target = { host: target.hostname, port: Number(target.port) };
    this.#server = server;
    const own = new URL(target);
    own.host = `${this.host}:${this.port}`;
    this.url = own.href;
    server.on('connection', (client) => this.#connect(client));
  }

  /** Listens until the test that started it is over. A URL must name its port. */
  static async start(target: string | FaultTarget): Promise<FaultProxy> {
    const url = new URL(typeof target === 'string' ? target : `tcp://${target.host}:${target.port}`);
    if (!url.port) throw new Error(`The proxy needs the port of its target, not just ${url.host}.`);
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new FaultProxy(url, server);
    onTestFinished(() => proxy.kill());
    return proxy;
  }

  /** Connections that the proxy holds open. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Like kill -9 of the server: all connections are gone, and further ones are refused. */
  async kill(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server?.destroy();
    }
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Listens again, on the same port. */
  async restart(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, this.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Ends every connection with RST; new ones are served. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server?.destroy();
    }
  }

  /** The server of every present connection is gone without a word: they stay open, and nothing ever comes. */
  vanish(): void {
    for (const pair of this.#pairs) {
      const { server } = pair;
      pair.server = undefined;
      server?.destroy();
    }
  }

  /** Takes back what was set. Connections that vanished or lost bytes do not come to life again. */
  heal(): void {
    this.delayMs = 0;
    this.bytesPerSecond = undefined;
    this.drop = 'none';
    this.accept = 'serve';
    this.cutAt = undefined;
  }

  #connect(client: Socket): void {
    client.on('error', () => {});
    if (this.accept === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const pair: Pair = { client, server: undefined };
    this.#pairs.add(pair);
    client.once('close', () => {
      this.#pairs.delete(pair);
      pair.server?.destroy();
    });
    client.once('end', () => {
      if (!pair.server) client.end();
    });
    if (this.accept === 'half-open') client.resume();
    else this.#serve(pair);
  }

  #serve(pair: Pair): void {
    const { client } = pair;
    const server = dial({ ...this.#target, allowHalfOpen: true, noDelay: true });
    pair.server = server;
    server.on('error', () => {});
    server.once('close', () => {
      if (pair.server === server && !server.readableEnded) client.destroy();
    });
    const toServer = new FaultLane(client, server, this);
    const toClient = new FaultLane(server, client, this);
    server.on('data', (bytes) => {
      if (!this.#drops('to-client', bytes)) toClient.send(bytes);
    });
    client.on('data', (bytes) => {
      if (!this.#drops('to-server', bytes) && !this.#cuts(bytes, pair)) toServer.send(bytes);
    });
  }

  #drops(way: 'to-server' | 'to-client', bytes: Buffer): boolean {
    if (this.drop !== 'both' && this.drop !== way) return false;
    this.droppedBytes += bytes.length;
    return true;
  }

  /** Ends the connection if it is to be cut at these bytes; true keeps them from the server. */
  #cuts(bytes: Buffer, { client, server }: Pair): boolean {
    if (!this.cutAt) return false;
    const { text, when, following } = this.cutAt;
    if (following !== undefined && bytes.includes(following)) this.#followed = client;
    if (!bytes.includes(text) || (following !== undefined && this.#followed !== client)) return false;
    this.#followed = undefined;
    this.cutAt = undefined;
    if (when === 'before') client.destroy();
    else {
      server?.removeAllListeners('data');
      server?.on('data', () => client.destroy());
    }
    return when === 'before';
  }
}

interface Pair {
  readonly client: Socket;
  /** Undefined for one that is half-open. */
  server: Socket | undefined;
}
