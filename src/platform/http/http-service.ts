import type { AddressInfo } from 'node:net';
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

const lastEvent = { event: 'stopping', data: { code: 'server-stopping' } };

/** The listening server. Closing stops accepting, ends event streams by their deadline and waits for what runs. */
export class HttpService implements BaseService {
  readonly name = 'http';
  readonly version = '1.0.0';
  readonly #options: HttpServiceOptions;

  constructor(options: HttpServiceOptions) {
    this.#options = options;
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
    const accepting = fastify.close();
    await streams.drain({ deadlineMs: streamDeadlineMs, lastEvent });
    await accepting;
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
