import type { Static, TObject } from 'typebox';
import { currentContext } from '../context/index.js';
import type { Database, Tx } from '../database/index.js';
import { type BaseService, type Clock, type Health, healthy, newId } from '../kernel/index.js';
import type { AddOptions, EventDefinition, Events } from './event.js';
import type { RegisteredEvent, RegisteredEvents } from './event-registry.js';
import { insertEvent, probeOutbox } from './outbox.repository.js';

interface OutboxOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly registry: RegisteredEvents;
  /** Called after a commit that wrote events which are due. */
  readonly wake: () => void;
}

/** Events are facts and keys, not documents. */
const payloadCharactersMax = 65_536;
const aggregateLengthMax = 200;

/** Writes events in their transactions: the half of the outbox that modules see. */
export class Outbox implements Events, BaseService {
  readonly name = 'events';
  readonly version = '1.0.0';
  readonly #options: OutboxOptions;
  /** Transactions that wake the dispatcher already. */
  readonly #waking = new WeakSet<Tx>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  async initialize(): Promise<void> {
    await probeOutbox(this.#options.database);
  }

  async health(): Promise<Health> {
    await probeOutbox(this.#options.database);
    return healthy;
  }

  async close(): Promise<void> {}

  async add<P extends TObject>(
    tx: Tx,
    event: EventDefinition<P>,
    payload: Static<P>,
    { aggregate, notBefore }: AddOptions = {},
  ): Promise<string> {
    const { clock, registry } = this.#options;
    const registered = registry.event(event as unknown as EventDefinition);
    if (aggregate !== undefined && (aggregate === '' || aggregate.length > aggregateLengthMax)) {
      throw new Error(
        `The aggregate of "${event.type}" has ${aggregate.length} characters; 1 to ${aggregateLengthMax} are expected.`,
      );
    }
    const occurredAt = clock.now();
    const id = newId(occurredAt);
    await insertEvent(
      tx,
      {
        ...{ id, type: event.type, aggregate, occurredAt, notBefore },
        payload: checkedPayload(registered, payload),
        traceparent: currentTraceparent(),
      },
      registered.handlerNames,
    );
    if (registered.handlerNames.length > 0) this.#wakeAfter(tx);
    return id;
  }

  #wakeAfter(tx: Tx): void {
    if (this.#waking.has(tx)) return;
    this.#waking.add(tx);
    tx.afterCommit(this.#options.wake);
  }
}

/** What is wrong is told by path, never by value: payloads may be personal. */
function checkedPayload({ definition, payload }: RegisteredEvent, value: unknown): string {
  if (!payload.Check(value)) {
    const [first] = payload.Errors(value);
    const where = first?.instancePath || 'the payload';
    throw new Error(
      `The payload of "${definition.type}" does not fit its schema: ${where} ${first?.message}.`,
    );
  }
  const json = JSON.stringify(value);
  if (json.length > payloadCharactersMax) {
    throw new Error(
      `The payload of "${definition.type}" has ${json.length} characters of JSON; at most ${payloadCharactersMax} ` +
        'are allowed. Send the id of what happened and let handlers read the rest.',
    );
  }
  return json;
}

function currentTraceparent(): string | undefined {
  const { traceId, spanId } = currentContext();
  return traceId && spanId ? `00-${traceId}-${spanId}-00` : undefined;
}
