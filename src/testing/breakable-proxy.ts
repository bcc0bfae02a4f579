import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to the database server that can break like a network or a server does. */
export class BreakableProxy {
  readonly url: string;
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Cuts the connection when the client sends this text: before the server sees it, or after. */
  cutAt: { readonly text: string; readonly when: 'before' | 'after' } | undefined;
  /** Takes what the client sends and answers nothing, like a machine that lost its power. */
  silent = false;

  private constructor(target: URL, server: Server, port: number) {
    this.#target = target;
    this.#server = server;
    const own = new URL(target);
    own.host = `127.0.0.1:${port}`;
    this.url = own.href;
    server.on('connection', (client) => this.#connect(client));
  }

  static async start(targetUrl: string): Promise<BreakableProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const proxy = new BreakableProxy(new URL(targetUrl), server, port);
    onTestFinished(() => proxy.kill());
    return proxy;
  }

  /** Like kill -9 of the server: all connections are gone and none is accepted. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async restart(): Promise<void> {
    await new Promise<void>((resolve) =>
      this.#server.listen(Number(new URL(this.url).port), '127.0.0.1', resolve),
    );
  }

  #connect(client: Socket): void {
    const server = dial(Number(this.#target.port), this.#target.hostname);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    server.on('data', (bytes) => this.silent || client.write(bytes));
    client.on('data', (bytes) => this.#forward(bytes, client, server));
  }

  #forward(bytes: Buffer, client: Socket, server: Socket): void {
    if (this.silent) return;
    if (!this.cutAt || !bytes.includes(this.cutAt.text)) {
      server.write(bytes);
      return;
    }
    if (this.cutAt.when === 'before') client.destroy();
    else {
      server.removeAllListeners('data');
      server.on('data', () => client.destroy());
      server.write(bytes);
    }
    this.cutAt = undefined;
  }
}
