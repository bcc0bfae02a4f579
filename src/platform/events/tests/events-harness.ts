import { pino } from 'pino';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { expect, onTestFinished } from 'vitest';
import type { OpenDatabase } from '../../../testing/databases.js';
import type { Database } from '../../database/index.js';
import { type Clock, systemClock } from '../../kernel/index.js';
import type { Logger } from '../../logger/index.js';
import { Metrics } from '../../metrics/index.js';
import {
  type AddOptions,
  DeadLetterList,
  defineEvent,
  EventDispatcher,
  type EventHandler,
  type EventsConfig,
  eventsConfig,
  handledCounter,
  Outbox,
  onEvent,
  outboxMigrations,
  RegisteredEvents,
} from '../index.js';
import { effectMigrations, insertEffects } from './effects.repository.js';

/** What comes by itself, but not at once: `expect.poll` with the patience that a busy machine needs. */
export const expectSoon = <T>(look: () => T) => expect.poll(look, { timeout: 30_000, interval: 20 });

export const counted = defineEvent({
  type: 'test.counted',
  summary: 'Something was counted',
  payload: Type.Object({ number: Type.Integer(), note: Type.Optional(Type.String()) }),
  example: { number: 1 },
});

export const eventTestMigrations = [...outboxMigrations, ...effectMigrations];

/** Writes a row for each event. */
export const recorder = (name = 'recorder', attemptsMax?: number): EventHandler =>
  onEvent({
    name,
    event: counted,
    ...(attemptsMax !== undefined && { attemptsMax }),
    handle: (tx, { id, payload }) =>
      insertEffects(tx, [{ handler: name, eventId: id, number: payload.number }]),
  });

type Part<T> = { readonly [K in keyof T]?: Partial<T[K]> };

export function testConfig(changes: Part<EventsConfig> = {}): EventsConfig {
  const defaults = Value.Create(eventsConfig) as EventsConfig;
  const { dispatch, retry, lease, retention } = changes;
  return {
    ...defaults,
    dispatch: { ...defaults.dispatch, pollMs: 10, safetyPollMs: 20, ...dispatch },
    retry: { ...defaults.retry, delayMs: 20, delayMsMax: 40, ...retry },
    lease: { ...defaults.lease, ...lease },
    retention: { ...defaults.retention, ...retention },
  };
}

interface InstanceOptions {
  readonly handlers?: readonly EventHandler[];
  readonly clock?: Clock;
  readonly config?: EventsConfig;
  readonly log?: Logger;
  readonly metrics?: Metrics;
}

/** One instance of the application, as far as events go. Its dispatcher is not started. */
export function instanceOn(database: Database, options: InstanceOptions = {}) {
  const { handlers = [recorder()], clock = systemClock, config = testConfig() } = options;
  const { log = pino({ level: 'silent' }), metrics = new Metrics() } = options;
  const registry = new RegisteredEvents();
  registry.fill([{ module: 'test', events: [counted], handlers }]);
  const handled = handledCounter(metrics);
  const dispatcher = new EventDispatcher({ database, clock, log, config, registry, handled });
  const wake = () => dispatcher.wake();
  const outbox = new Outbox({ database, clock, registry, wake });
  const deadLetters = new DeadLetterList({ database, clock, wake });
  const add = (number: number, addOptions?: AddOptions) =>
    database.withTransaction({ name: 'add' }, (tx) => outbox.add(tx, counted, { number }, addOptions));
  let started = false;
  const stop = async () => {
    if (started) await dispatcher.close();
    started = false;
  };
  const start = async () => {
    await dispatcher.initialize();
    started = true;
    onTestFinished(stop);
  };
  return { database, outbox, dispatcher, deadLetters, add, start, stop, metrics };
}

export function openFor(open: OpenDatabase, clock?: Clock): Promise<Database> {
  return open({ migrations: eventTestMigrations, ...(clock && { clock }) });
}
