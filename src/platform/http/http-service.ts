import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type BaseService, type Health, healthy } from '../kernel/index.js';
import type { EventStreams } from './sse.js';

interface HttpServiceOptions {
  readonly fastify: FastifyInstance;
  readonly streams: EventStreams;
  readonly host: string;
  readonly port: number;
  readonly streamDeadlineMs: number;
  /** What must be done before the first request. */
  readonly prepare: () => Promise<void>;
}

/** A request that is on its way at the stop has this long to show itself. */
const silentGraceMs = 500;
const lastEvent = { event: 'stopping', data: { code: 'server-stopping' } };

/** The listening server. Closing stops accepting, ends event streams by their deadline and waits for what runs. */
export class HttpService implements BaseService {
  readonly name = 'http';
  readonly version = '1.0.0';
  readonly #options: HttpServiceOptions;

  readonly #connections = new Set<Socket>();

  constructor(options: HttpServiceOptions) {
    this.#options = options;
    options.fastify.server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  /** Where it listens, `http://127.0.0.1:8080`. */
  get url(): string {
    const address = this.#options.fastify.server.address() as AddressInfo | null;
    if (!address) throw new Error('The HTTP server does not listen.');
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host}:${address.port}`;
  }

  async initialize(): Promise<void> {
    const { fastify, host, port, prepare } = this.#options;
    await prepare();
    try {
      await fastify.listen({ host, port });
    } catch (error) {
      throw new Error(listenFailure(error, host, port), { cause: error });
    }
  }

  async health(): Promise<Health> {
    if (this.#options.fastify.server.listening) return healthy;
    return { status: 'unhealthy', detail: 'does not accept connections' };
  }

  async close(): Promise<void> {
    const { fastify, streams, streamDeadlineMs } = this.#options;
    const answered = fastify.close();
    const silence = setTimeout(() => this.#endSilent(), silentGraceMs);
    await streams.drain({ deadlineMs: streamDeadlineMs, lastEvent });
    await answered;
    clearTimeout(silence);
  }

  /** Browsers and balancers connect ahead of need; Node waits for such a connection as if a request were running. */
  #endSilent(): void {
    for (const socket of this.#connections) if (socket.bytesRead === 0) socket.destroy();
  }
}

function listenFailure(error: unknown, host: string, port: number): string {
  const code = (error as NodeJS.ErrnoException).code;
  const choose = 'Choose another with --port or QINGYU_SERVER__PORT (0 takes a free one).';
  if (code === 'EADDRINUSE') return `Port ${port} of ${host} is taken by another program. ${choose}`;
  if (code === 'EACCES') return `This user may not listen on port ${port}. ${choose}`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `server.host is "${host}", which is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.`;
  }
  return `Cannot listen on ${host}:${port}: ${(error as Error).message}`;
}
