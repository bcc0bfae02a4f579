import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface ServerEvent {
  /** What the client sends back as `Last-Event-ID`; without line breaks. */
  readonly id: string | number;
  readonly event: string;
  /** Sent as JSON. */
  readonly data: unknown;
}

/**
 * `failed`: the source raised an error, sent as an `error` event. `disconnected`: the client left, or
 * took nothing for too long. `stopped`: the server ended it.
 */
export type EventStreamEnding = 'finished' | 'failed' | 'disconnected' | 'stopped';

/** What a client is told about an error that ends its stream. */
export type ProblemOf = (error: unknown, request: FastifyRequest) => unknown;

export interface EventStreamOptions {
  /** A comment goes out this often, so that proxies keep the connection. Default 15 000. */
  readonly heartbeatMs?: number;
  /** A client that takes nothing for this long while data waits for it is cut off. Default 30 000. */
  readonly stalledMs?: number;
  /** Called when the server stops: the source should end soon, with an event of its own. */
  readonly onStop?: () => void;
  /** How long the source has after `onStop` before the server's last event ends the stream. Default 1 000. */
  readonly stopGraceMs?: number;
}

const defaults = { heartbeatMs: 15_000, stalledMs: 30_000, stopGraceMs: 1_000 };
/** The last bytes of a stopped stream have this long to reach the client. */
const flushMs = 1_000;

export function encodeEvent({ id, event, data }: ServerEvent): string {
  if (/[\r\n\0]/.test(`${id}${event}`)) throw new Error('An event id or name contains a line break.');
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** One stream of server-sent events over a hijacked reply. */
export class EventStream {
  readonly closed: Promise<void>;
  readonly #reply: FastifyReply;
  readonly #raw: ServerResponse;
  readonly #problemOf: ProblemOf;
  readonly #options: EventStreamOptions & typeof defaults;
  #ending: EventStreamEnding | undefined;
  #lastId: string | number = 0;
  #stopTimer: NodeJS.Timeout | undefined;
  /** Ends the wait that `run` is in, whatever it waits for. */
  #interrupt: () => void = () => {};

  constructor(reply: FastifyReply, problemOf: ProblemOf, options: EventStreamOptions) {
    this.#options = { ...defaults, ...options };
    this.#problemOf = problemOf;
    this.#reply = reply;
    this.#raw = reply.raw;
    this.closed = new Promise((resolve) => {
      if (this.#raw.closed) resolve();
      else this.#raw.once('close', resolve);
    });
    reply.headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies of the nginx family would else collect the events.
      'x-accel-buffering': 'no',
    });
    reply.hijack();
    this.#raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
    this.#raw.flushHeaders();
    // The inactivity limit of ordinary requests does not fit; `stalledMs` takes its place.
    this.#raw.setTimeout(0);
  }

  async run(source: AsyncIterable<ServerEvent>): Promise<EventStreamEnding> {
    const onClose = () => this.#end('disconnected');
    if (this.#raw.closed) onClose();
    this.#raw.once('close', onClose);
    // A reset connection also emits `close`; without a listener `error` would end the process.
    this.#raw.on('error', onClose);
    const heartbeat = setInterval(() => this.#beat(), this.#options.heartbeatMs);
    const events = source[Symbol.asyncIterator]();
    try {
      await this.#pump(events).catch((error) => this.#fail(error));
      this.#end('finished');
      await this.#flush();
    } finally {
      clearInterval(heartbeat);
      clearTimeout(this.#stopTimer);
      this.#raw.off('close', onClose);
      // Not awaited: a source in the middle of a wait answers only after it.
      void events.return?.()?.then(undefined, () => {});
    }
    const cutShort = this.#ending !== 'stopped' && !this.#raw.writableFinished;
    return cutShort ? 'disconnected' : (this.#ending ?? 'finished');
  }

  /** The server stops: the source may end by itself within the grace, then `last` ends the stream. */
  stop(last: Omit<ServerEvent, 'id'>): void {
    if (this.#ending || this.#stopTimer) return;
    const end = () => {
      if (this.#ending) return;
      this.#raw.write(encodeEvent({ ...last, id: this.#lastId }));
      this.#end('stopped');
    };
    this.#stopTimer = setTimeout(end, this.#options.onStop ? this.#options.stopGraceMs : 0);
    this.#options.onStop?.();
  }

  #fail(error: unknown): void {
    const data = this.#problemOf(error, this.#reply.request);
    this.#raw.write(encodeEvent({ id: this.#lastId, event: 'error', data }));
    this.#end('failed');
  }

  #end(ending: EventStreamEnding): void {
    this.#ending ??= ending;
    this.#interrupt();
  }

  /** Settles with `work`, or with undefined once the stream has ended; leaves no listener behind. */
  #unlessEnded<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#ending) resolve(undefined);
      this.#interrupt = () => resolve(undefined);
      work.then(resolve, reject);
    });
  }

  async #pump(events: AsyncIterator<ServerEvent>): Promise<void> {
    while (!this.#ending) {
      const next = await this.#unlessEnded(events.next());
      if (this.#ending || !next || next.done) return;
      this.#lastId = next.value.id;
      if (!this.#raw.write(encodeEvent(next.value))) await this.#taken();
    }
  }

  /** Waits until the client has taken what was written; one that does not is cut off. */
  async #taken(): Promise<void> {
    const cut = setTimeout(() => this.#raw.destroy(), this.#options.stalledMs);
    let onDrain = () => {};
    const drained = new Promise<void>((resolve) => {
      onDrain = resolve;
      this.#raw.once('drain', onDrain);
    });
    await this.#unlessEnded(drained);
    this.#raw.off('drain', onDrain);
    clearTimeout(cut);
  }

  #beat(): void {
    if (!this.#ending && !this.#raw.writableNeedDrain) this.#raw.write(': heartbeat\n\n');
  }

  /** Ends the response and waits, bounded, until its bytes are out. */
  async #flush(): Promise<void> {
    if (this.#ending === 'disconnected') return;
    const limitMs = this.#ending === 'stopped' ? flushMs : this.#options.stalledMs;
    const cut = setTimeout(() => this.#raw.destroy(), limitMs);
    this.#raw.end();
    await this.closed;
    clearTimeout(cut);
  }
}
