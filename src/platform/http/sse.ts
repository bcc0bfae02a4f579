import type { FastifyReply } from 'fastify';
import { port } from '../kernel/index.js';
import {
  EventStream,
  type EventStreamEnding,
  type EventStreamOptions,
  type ProblemOf,
  type ServerEvent,
} from './event-stream.js';

/** The event a stopping server ends a stream with; it goes out under the last id sent, so a resume continues there. */
export type LastEvent = Omit<ServerEvent, 'id'>;

export interface DrainOptions {
  /** How long running streams may go on by themselves, counted from the call. */
  readonly deadlineMs: number;
  readonly lastEvent: LastEvent;
}

/**
 * Every server-sent event stream of an application, so that a graceful stop can give each one a
 * deadline and a last event. Opened by routes, drained by the server.
 */
export class EventStreams {
  readonly #running = new Set<EventStream>();
  readonly #problemOf: ProblemOf;
  readonly #defaults: EventStreamOptions;
  readonly #stops = new Set<() => void>();
  #lastEvent: LastEvent | undefined;
  #whenIdle: (() => void) | undefined;

  /** `problemOf` also logs what is worth a line: nobody else sees the error. */
  constructor(problemOf: ProblemOf, defaults: EventStreamOptions = {}) {
    this.#problemOf = problemOf;
    this.#defaults = defaults;
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * Takes the reply over and writes `source` to it until it ends, the client leaves or the server
   * stops; says which. It holds at most one event beyond the socket's buffer: the source is asked
   * for the next one when the client has taken enough of the last. An error of the source becomes
   * an `error` event with its problem, under the last id sent, and ends the stream.
   */
  async open(
    reply: FastifyReply,
    source: AsyncIterable<ServerEvent>,
    options: EventStreamOptions = {},
  ): Promise<EventStreamEnding> {
    const stream = new EventStream(reply, this.#problemOf, { ...this.#defaults, ...options });
    this.#running.add(stream);
    if (this.#lastEvent) stream.stop(this.#lastEvent);
    try {
      return await stream.run(source);
    } finally {
      this.#running.delete(stream);
      this.#noticeIdle();
    }
  }

  /**
   * For a long answer that is not a stream: `stop` is called at the deadline of the streams, or at once
   * after it, and should make the answer end soon. Call what it returns when the answer is there.
   */
  stopWith(stop: () => void): () => void {
    if (this.#lastEvent) stop();
    this.#stops.add(stop);
    return () => {
      this.#stops.delete(stop);
      this.#noticeIdle();
    };
  }

  /**
   * Waits for the open streams until the deadline, then asks each to stop, sends the last event and
   * closes. Streams opened later stop at once. Long answers are told to end, but not waited for. Ends at most the stop grace and the flush limit of
   * the slowest stream (2 s by default) after the deadline. Safe to call again.
   */
  async drain({ deadlineMs, lastEvent }: DrainOptions): Promise<void> {
    await this.#idleWithin(deadlineMs);
    this.#lastEvent = lastEvent;
    for (const stop of this.#stops) stop();
    for (const stream of this.#running) stream.stop(lastEvent);
    await Promise.all([...this.#running].map((stream) => stream.closed));
  }

  get #idle(): boolean {
    return this.#running.size === 0 && this.#stops.size === 0;
  }

  #noticeIdle(): void {
    if (this.#idle) this.#whenIdle?.();
  }

  async #idleWithin(limitMs: number): Promise<void> {
    if (this.#idle) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#whenIdle = undefined;
  }
}

/** The application's one registry of event streams. */
export const EventStreamsPort = port<EventStreams>('http.event-streams');
