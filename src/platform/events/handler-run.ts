import { runWithContext, traceContext } from '../context/index.js';
import { type Database, databaseErrors, isDatabaseUnavailable } from '../database/index.js';
import { AppError } from '../errors/index.js';
import { type Clock, withTimeLimit } from '../kernel/index.js';
import { errorText, type Logger } from '../logger/index.js';
import type { Delivery } from './delivery.js';
import type { DeliveredEvent } from './event.js';
import type { RegisteredHandler } from './event-registry.js';
import type { EventsConfig } from './events.config.js';
import type { HandledCounter } from './events.metrics.js';
import { recordFailure, removeHandled } from './mark.repository.js';
import { retryDelayMs } from './retry.domain.js';

/**
 * `done`: handled, or given up; what comes after it in its lane may go on. `failed`: it is tried again later.
 * `lost`: another holder has it. `unavailable`: the database does not answer; nothing was counted.
 * `unmarked`: it was delivered, and the database could not be told.
 */
export type RunOutcome = 'done' | 'failed' | 'lost' | 'unavailable' | 'unmarked';

interface HandlerRunOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: EventsConfig;
  readonly handled: HandledCounter;
  /** Aborts when handlers have to end. */
  readonly closing: AbortSignal;
}

/** Undoes the transaction of a handler whose delivery somebody else has finished. */
class DeliveryLost extends Error {
  override readonly name = 'DeliveryLost';
}

/** Tries end without a word when the process is killed, or stalled for so long that its lease ended. */
class HolderVanished extends Error {
  override readonly name = 'HolderVanished';

  constructor() {
    super('each try ended without an answer: its process was killed, or lost its lease');
  }
}

/** Runs handlers and writes down what came of it. Never rejects for what a handler does. */
export class HandlerRun {
  readonly #options: HandlerRunOptions;

  constructor(options: HandlerRunOptions) {
    this.#options = options;
  }

  /** One event, in the trace that it was written in. */
  one(registered: RegisteredHandler, delivery: Delivery, token: string): Promise<RunOutcome> {
    const { traceId, spanId } = traceContext(delivery.traceparent);
    const context = { traceId, spanId, event: delivery.type, module: registered.module };
    return runWithContext(context, async () => {
      if (delivery.attempt > this.#attemptsMax(registered)) {
        return this.#recordFailure(registered, delivery, new HolderVanished(), token);
      }
      let delivered = false;
      try {
        if ('deliver' in registered.handler) {
          await this.#deliver(registered, delivery);
          delivered = true;
          await removeHandled(this.#options.database, [delivery], token);
        } else await this.#inTransaction(registered, [delivery], token);
      } catch (error) {
        return delivered
          ? this.#notMarked(registered, error)
          : this.#failed(registered, delivery, error, token);
      }
      this.#options.handled.inc({ event: delivery.type, outcome: 'handled' });
      return 'done';
    });
  }

  /**
   * Several events in one transaction, all or nothing. `failed` means only that they have to be handled one by
   * one, which then tells whose fault it was. They come from several traces, so this run has one of its own.
   */
  batch(registered: RegisteredHandler, deliveries: readonly Delivery[], token: string): Promise<RunOutcome> {
    const { type } = registered.handler.event;
    const { traceId, spanId } = traceContext();
    return runWithContext({ traceId, spanId, event: type, module: registered.module }, async () => {
      try {
        await this.#inTransaction(registered, deliveries, token);
      } catch (err) {
        if (isInterruption(err)) return 'unavailable';
        const fields = { handler: registered.name, events: deliveries.length, err };
        this.#options.log.debug(fields, 'a batch of events failed, handling them one by one');
        return 'failed';
      }
      this.#options.handled.inc({ event: type, outcome: 'handled' }, deliveries.length);
      return 'done';
    });
  }

  async #inTransaction(registered: RegisteredHandler, deliveries: readonly Delivery[], token: string) {
    const { database, config } = this.#options;
    const { handler, name } = registered;
    const events = deliveries.map(deliveredEvent);
    await database.withTransaction({ name }, async (tx) => {
      await withTimeLimit(`the handler "${name}"`, config.lease.handlerTimeLimitMs, async () => {
        if ('handleBatch' in handler) await handler.handleBatch(tx, events);
        else if ('handle' in handler) for (const event of events) await handler.handle(tx, event);
      });
      if ((await removeHandled(tx, deliveries, token)) < deliveries.length) throw new DeliveryLost();
    });
  }

  async #deliver({ handler, name }: RegisteredHandler, delivery: Delivery): Promise<void> {
    if (!('deliver' in handler)) return;
    await withTimeLimit(
      `the handler "${name}"`,
      this.#options.config.lease.handlerTimeLimitMs,
      (signal) => handler.deliver(deliveredEvent(delivery), signal),
      { signal: this.#options.closing },
    );
  }

  #notMarked({ name }: RegisteredHandler, err: unknown): RunOutcome {
    const words = 'an event was delivered, but the database could not be told yet';
    this.#options.log.warn({ handler: name, err }, words);
    return 'unmarked';
  }

  async #failed(
    registered: RegisteredHandler,
    delivery: Delivery,
    error: unknown,
    token: string,
  ): Promise<RunOutcome> {
    const { log, closing } = this.#options;
    const fields = { handler: registered.name, eventId: delivery.id, attempt: delivery.attempt };
    if (error instanceof DeliveryLost) {
      log.info(fields, 'an event was handled by another holder, so this handler was undone');
      return 'lost';
    }
    if (isInterruption(error)) {
      log.warn(
        { ...fields, err: error },
        'an event could not be handled: the connection to the database broke',
      );
      return 'unavailable';
    }
    // An outside handler that was told to end has not failed, but may have delivered: the next try counts.
    if (closing.aborted && registered.kind === 'outside') return 'unavailable';
    return this.#recordFailure(registered, delivery, error, token);
  }

  async #recordFailure(
    registered: RegisteredHandler,
    delivery: Delivery,
    error: unknown,
    token: string,
  ): Promise<RunOutcome> {
    const { database, clock, config, log, handled } = this.#options;
    const attemptsMax = this.#attemptsMax(registered);
    const delayMs = retryDelayMs(delivery.attempt, { ...config.retry, attemptsMax });
    const failedAt = clock.now();
    const retryAt = delayMs === undefined ? undefined : new Date(failedAt.getTime() + delayMs);
    const fields = {
      ...{
        handler: registered.name,
        eventId: delivery.id,
        attempt: delivery.attempt,
        attemptsMax,
        err: error,
      },
      ...(retryAt && { retryAt }),
    };
    if (retryAt) log.warn(fields, 'an event handler failed and will be tried again');
    else log.error(fields, 'an event handler failed for the last time: see the dead letters');
    handled.inc({ event: delivery.type, outcome: retryAt ? 'failed' : 'dead' });
    try {
      const failure = { lastError: errorText(error), failedAt, retryAt };
      if (!(await recordFailure(database, delivery, failure, token))) return 'lost';
    } catch (err) {
      log.warn(
        { handler: registered.name, err },
        'the failure of an event handler could not be written down',
      );
      return 'unavailable';
    }
    return retryAt ? 'failed' : 'done';
  }

  #attemptsMax({ handler }: RegisteredHandler): number {
    return handler.attemptsMax ?? this.#options.config.retry.attemptsMax;
  }
}

/** The connection broke, which is no fault of the handler. Whether it committed, its delivery will tell. */
function isInterruption(error: unknown): boolean {
  const isUnknown =
    error instanceof AppError && error.definition === databaseErrors.commitOutcomeUnknown.definition;
  return isUnknown || isDatabaseUnavailable(error);
}

function deliveredEvent({ id, type, aggregate, occurredAt, attempt, payload }: Delivery): DeliveredEvent {
  return { id, type, aggregate, occurredAt, attempt, payload };
}
