import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../database/index.js';
import {
  type BaseService,
  backoffMs,
  type Clock,
  type Health,
  healthy,
  newId,
  Wakeup,
} from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import { claim } from './claim.js';
import { nextDueAt, type Room } from './claim.repository.js';
import type { RegisteredEvents } from './event-registry.js';
import type { EventsConfig } from './events.config.js';
import type { HandledCounter } from './events.metrics.js';
import { HandlerQueue, type Unit } from './handler-queue.js';
import { HandlerRun } from './handler-run.js';
import { Leftovers } from './leftovers.js';
import { endAllLeases } from './mark.repository.js';
import { findUnknownHandlers } from './outbox.repository.js';
import { UnitRun } from './unit-run.js';

export interface EventDispatcherOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: EventsConfig;
  readonly registry: RegisteredEvents;
  readonly handled: HandledCounter;
}

const retryMsMax = 5_000;
const unknownCheckMs = 60_000;
const unknownHandlersMax = 10;

/**
 * Brings events to their handlers. Every instance has one; the database is the queue between them. Between
 * `initialize` and `close` it looks for due events, claims as many as it has room for and runs their handlers.
 */
export class EventDispatcher implements BaseService {
  readonly name = 'event-dispatcher';
  readonly version = '1.0.0';
  readonly #options: EventDispatcherOptions;
  readonly #leftovers: Leftovers;
  readonly #wakeup = new Wakeup();
  readonly #running = new Set<Promise<void>>();
  #queues: HandlerQueue[] = [];
  #units: UnitRun;
  #abort = new AbortController();
  #closing = false;
  #loop: Promise<void> = Promise.resolve();
  /** Handlers that run in transactions now. */
  #inDatabase = 0;
  /** A unit could not go on: the next look waits, instead of taking at once what was just given back. */
  #interrupted = false;
  /** The last claim took as much as there was room for. */
  #more = false;
  #failures = 0;
  #trouble: string | undefined;
  #unknownHandlers: readonly string[] = [];
  #unknownCheckedAt = Number.NEGATIVE_INFINITY;

  constructor(options: EventDispatcherOptions) {
    this.#options = options;
    this.#leftovers = new Leftovers(options.database, options.clock);
    this.#units = this.#unitRun();
  }

  async initialize(): Promise<void> {
    const { database, clock, registry, config } = this.#options;
    // The folder of an embedded database has one process: whoever holds a lease there is gone.
    if (database.engine === 'pglite') {
      await database.withTransaction({ name: 'end-leases' }, (tx) => endAllLeases(tx, clock.now()));
    }
    this.#queues = registry.handlers.map((handler) => new HandlerQueue(handler, config.dispatch.batchMax));
    this.#closing = false;
    this.#abort = new AbortController();
    this.#units = this.#unitRun();
    this.#loop = this.#run();
  }

  /** Requests can be served while events wait, so it is never unhealthy by itself. */
  async health(): Promise<Health> {
    if (this.#trouble !== undefined) {
      return { status: 'degraded', detail: `events are kept, but not dispatched: ${this.#trouble}` };
    }
    if (this.#unknownHandlers.length === 0) return healthy;
    const names = this.#unknownHandlers.join(', ');
    return {
      status: 'degraded',
      detail: `events wait for handlers that this release does not have, for an instance of one that does: ${names}`,
    };
  }

  /** Claims nothing more, lets running handlers end within `dispatch.closeTimeoutMs`, gives back what it did not start. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wakeup.wake();
    await this.#loop;
    for (const queue of this.#queues) for (const unit of queue.drain()) this.#units.giveBack(unit);
    const timeout = new AbortController();
    const ended = Promise.allSettled(this.#running);
    const limit = pause(this.#options.config.dispatch.closeTimeoutMs, undefined, { signal: timeout.signal });
    await Promise.race([ended, limit]);
    timeout.abort();
    await limit.catch(() => {});
    this.#abort.abort(new Error('the application is stopping'));
    try {
      await this.#leftovers.settle();
    } catch (err) {
      this.#options.log.warn(
        { err },
        'claimed events could not be given back; they are free when their lease ends',
      );
    }
  }

  /** Looks for due events now. */
  wake(): void {
    this.#wakeup.wake();
  }

  async #run(): Promise<void> {
    while (!this.#closing) {
      let waitMs: number;
      if (this.#interrupted) await pause(this.#options.config.dispatch.pollMs);
      this.#interrupted = false;
      try {
        waitMs = await this.#round();
        this.#recovered();
      } catch (error) {
        waitMs = this.#failed(error);
      }
      if (!this.#closing && waitMs > 0) await this.#wakeup.wait(waitMs);
    }
  }

  /** Takes and starts what is due; answers how long to wait for the next look. */
  async #round(): Promise<number> {
    const { database, clock, config } = this.#options;
    await this.#leftovers.settle();
    await this.#checkUnknownHandlers();
    this.#startUnits();
    const { pollMs, safetyPollMs } = config.dispatch;
    const rooms = this.#rooms();
    if (rooms.length === 0) return safetyPollMs;
    const due = await nextDueAt(
      database,
      rooms.map(({ handler }) => handler),
    );
    const now = clock.now();
    const polled = database.engine === 'postgres' ? pollMs : safetyPollMs;
    const untilDueMs = due === undefined ? polled : due.getTime() - now.getTime();
    if (untilDueMs > 0) return Math.min(polled, untilDueMs);
    const { more, claimed } = await this.#claim(rooms, now);
    // Embedded, nobody polls: look once more, to learn what is due next.
    return more || (claimed && database.engine === 'pglite') ? 0 : pollMs;
  }

  async #claim(rooms: readonly Room[], now: Date): Promise<{ more: boolean; claimed: boolean }> {
    const { database, config } = this.#options;
    const { handlerTimeLimitMs, marginMs } = config.lease;
    const until = new Date(now.getTime() + handlerTimeLimitMs + marginMs);
    const lease = { token: newId(now), until };
    const { claimed, more } = await claim(database, {
      rooms,
      lease,
      now,
      laneRunMax: config.dispatch.batchMax,
    });
    this.#more = more;
    const queues = new Map(this.#queues.map((queue) => [queue.registered.name, queue]));
    for (const one of claimed) queues.get(one.handler)?.push(one, lease);
    this.#startUnits();
    return { more, claimed: claimed.length > 0 };
  }

  /** Handlers with room for at least half of a claim: asking for crumbs costs as much as for all. */
  #rooms(): Room[] {
    const { claimMax } = this.#options.config.dispatch;
    return this.#queues
      .map((queue) => ({ handler: queue.registered.name, room: claimMax - queue.held }))
      .filter(({ room }) => room * 2 >= claimMax);
  }

  /** In turns, so that a busy handler does not keep the others waiting. */
  #startUnits(): void {
    const { concurrency, concurrencyPerHandler } = this.#options.config.dispatch;
    // A handler that hangs must leave something to the others.
    const perHandler = Math.min(concurrencyPerHandler, Math.max(1, concurrency - 1));
    for (let idle = 0; idle < this.#queues.length && !this.#closing; ) {
      const queue = this.#queues.shift() as HandlerQueue;
      this.#queues.push(queue);
      const outside = queue.registered.kind === 'outside';
      const free = queue.running < perHandler && (outside || this.#inDatabase < concurrency);
      const unit = free ? queue.next() : undefined;
      if (unit) this.#start(queue, unit);
      idle = unit ? 0 : idle + 1;
    }
  }

  #start(queue: HandlerQueue, unit: Unit): void {
    const inDatabase = unit.registered.kind === 'outside' ? 0 : 1;
    const deliveries = unit.claimed.reduce((sum, claimed) => sum + claimed.deliveries.length, 0);
    queue.running += 1;
    this.#inDatabase += inDatabase;
    const running = this.#units.run(unit).then((ended) => {
      queue.running -= 1;
      this.#inDatabase -= inDatabase;
      queue.finished(deliveries);
      this.#running.delete(running);
      return this.#unitEnded(queue, ended);
    });
    this.#running.add(running);
  }

  async #unitEnded(queue: HandlerQueue, ended: boolean): Promise<void> {
    if (!ended) {
      this.#interrupted = true;
      this.#wakeup.wake();
      return;
    }
    this.#startUnits();
    try {
      await this.#leftovers.settle();
    } catch {
      // The next round tries again and tells.
    }
    if (this.#more || queue.isEmpty) this.#wakeup.wake();
  }

  async #checkUnknownHandlers(): Promise<void> {
    const { database, clock, config, registry, log } = this.#options;
    if (performance.now() - this.#unknownCheckedAt < unknownCheckMs) return;
    const before = new Date(clock.now().getTime() - config.unknownHandlerAfterMs);
    const known = registry.handlers.map(({ name }) => name);
    const found = await findUnknownHandlers(database, { known, before, max: unknownHandlersMax });
    this.#unknownCheckedAt = performance.now();
    const news = found.filter((name) => !this.#unknownHandlers.includes(name));
    if (news.length > 0)
      log.warn({ handlers: news }, 'events wait for handlers that this release does not have');
    this.#unknownHandlers = found;
  }

  #recovered(): void {
    if (this.#trouble !== undefined) this.#options.log.info({}, 'events are dispatched again');
    this.#trouble = undefined;
    this.#failures = 0;
  }

  #failed(error: unknown): number {
    this.#failures += 1;
    if (this.#trouble === undefined) {
      this.#options.log.warn({ err: error }, 'events cannot be dispatched; they are kept, trying again');
    }
    this.#trouble = error instanceof Error ? error.message : String(error);
    const { pollMs } = this.#options.config.dispatch;
    return backoffMs(this.#failures + 1, { baseMs: pollMs, maxMs: retryMsMax });
  }

  #unitRun(): UnitRun {
    const runs = new HandlerRun({ ...this.#options, closing: this.#abort.signal });
    return new UnitRun({
      ...this.#options,
      ...{ runs, leftovers: this.#leftovers, isClosing: () => this.#closing },
    });
  }
}
