import { Database } from '../database/index.js';
import {
  cleanUpOutbox,
  DeadLetterList,
  DeadLetters,
  EventDispatcher,
  EventRegistry,
  Events,
  eventsConfig,
  handledCounter,
  Outbox,
  outboxGauges,
  outboxMigrations,
  RegisteredEvents,
} from '../events/index.js';
import type { Job } from '../jobs/index.js';
import { Clock } from '../kernel/index.js';
import { defineModule } from '../module/index.js';

export const eventsModule = defineModule({
  name: 'events',
  version: '1.0.0',
  summary: 'What happened, written with the change itself and brought to every handler of it',
  criticality: 'required',
  needs: { database: Database, clock: Clock },
  provides: { events: Events, registry: EventRegistry, deadLetters: DeadLetters },
  config: eventsConfig,
  migrations: outboxMigrations,
  setup: ({ database, clock, config, log, metrics }) => {
    const registry = new RegisteredEvents();
    const handled = handledCounter(metrics);
    const dispatcher = new EventDispatcher({ database, clock, log, config, registry, handled });
    const wake = () => dispatcher.wake();
    const outbox = new Outbox({ database, clock, registry, wake });
    const cleanUp: Job = {
      name: 'outbox-cleanup',
      summary: 'Removes handled events and old dead letters after their retention',
      schedule: { everySeconds: 3_600 },
      timeLimitSeconds: 600,
      run: async ({ signal }) => {
        const removed = await cleanUpOutbox({ database, clock, retention: config.retention, signal });
        if (removed.deadLetters > 0) log.warn(removed, 'old dead letters were removed');
      },
    };
    return {
      service: outbox,
      exposes: { events: outbox, registry, deadLetters: new DeadLetterList({ database, clock, wake }) },
      jobs: [cleanUp, outboxGauges({ database, clock, metrics })],
      workers: [dispatcher],
    };
  },
});
