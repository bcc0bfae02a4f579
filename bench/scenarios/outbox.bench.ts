import Type from 'typebox';
import { Value } from 'typebox/value';
import { type Database, migrate } from '../../src/platform/database/index.js';
import {
  defineEvent,
  EventDispatcher,
  type EventHandler,
  type EventsConfig,
  eventsConfig,
  handledCounter,
  onEvent,
  outboxMigrations,
  RegisteredEvents,
} from '../../src/platform/events/index.js';
import { removeHandled } from '../../src/platform/events/mark.repository.js';
import {
  analyze,
  clearBacklog,
  fillBacklog,
  takeBacklog,
} from '../../src/platform/events/tests/backlog.repository.js';
import {
  type Effect,
  effectMigrations,
  insertEffects,
} from '../../src/platform/events/tests/effects.repository.js';
import { systemClock } from '../../src/platform/kernel/index.js';
import { Metrics } from '../../src/platform/metrics/index.js';
import { createPostgresDatabase, startService } from '../../src/testing/database-server.js';
import { measureCalls } from '../harness/measure.js';
import { type BenchContext, type Case, defineScenario, throughputFigures } from '../scenario.js';
import { nullLogger } from '../servers/null-logger.js';

type OutboxCase = Case<'throughput'>;

const migrations = [...outboxMigrations, ...effectMigrations];
const config = Value.Create(eventsConfig) as EventsConfig;
const { concurrencyPerHandler, batchMax } = config.dispatch;
const handler = 'recorder';
/** More than any of them handles in the time that a measurement takes. */
const perSecond = { 'one-by-one': 8_000, 'in-batches': 40_000 } as const;

type Manner = keyof typeof perSecond;
type Aggregates = 'ready' | 'ready, each its aggregate' | 'ready, one aggregate';

const counted = defineEvent({
  type: 'test.counted',
  summary: 'Something was counted',
  payload: Type.Object({ number: Type.Integer() }),
  example: { number: 1 },
});

export default defineScenario({
  summary: 'events handled with a row as their effect, against the bare transactions that this takes',
  needs: ['postgres'],
  async run(context) {
    const { url, drop } = await createPostgresDatabase(migrations, context.engineUrl('postgres'));
    context.onEnd(drop);
    const postgres = await openDatabase(context, url);
    for (const manner of ['one-by-one', 'in-batches'] as const) {
      await compare(context, postgres, { name: `${manner}-on-postgres`, manner, aggregates: 'ready' });
      await compare(context, postgres, {
        ...{ name: `${manner}-by-aggregate`, manner, aggregates: 'ready, each its aggregate' },
      });
      await compare(context, postgres, {
        name: `${manner}-hot-aggregate`,
        manner,
        aggregates: 'ready, one aggregate',
      });
    }
    const embedded = await openDatabase(context, undefined);
    await migrate(embedded, migrations, { clock: systemClock, log: nullLogger(), holder: 'bench' });
    await compare(context, embedded, {
      name: 'one-by-one-on-pglite',
      manner: 'one-by-one',
      aggregates: 'ready',
    });
  },
});

interface Comparison {
  readonly name: string;
  readonly manner: Manner;
  readonly aggregates: Aggregates;
}

function compare(
  context: BenchContext,
  database: Database,
  { name, manner, aggregates }: Comparison,
): Promise<void> {
  return context.compare({
    name,
    figures: throughputFigures,
    ours: dispatcherCase(context, database, manner, aggregates),
    against: [bareCase(database, manner)],
  });
}

async function openDatabase(context: BenchContext, url: string | undefined): Promise<Database> {
  const service = await startService({ dataDir: undefined, ...(url !== undefined && { url }) });
  context.onEnd(() => service.close());
  return service.database;
}

function dispatcherCase(
  { quick }: BenchContext,
  database: Database,
  manner: Manner,
  kind: Aggregates,
): OutboxCase {
  return {
    name: 'dispatcher',
    measure: async (forMs) => {
      const count = quick ? 200 : Math.ceil((perSecond[manner] * forMs) / 1_000);
      await clearBacklog(database);
      await fillBacklog(database, { kind, handler, count });
      await analyze(database);
      let handled = 0;
      let allHandled = () => {};
      const all = new Promise<void>((resolve) => {
        allHandled = resolve;
      });
      const dispatcher = dispatcherOn(
        database,
        recorder(manner, (events) => {
          handled += events;
          if (handled >= count) allHandled();
        }),
      );
      const startedAt = performance.now();
      await dispatcher.initialize();
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, forMs))]);
      await dispatcher.close();
      const elapsedMs = performance.now() - startedAt;
      return { throughput: (Math.max(1, handled) / elapsedMs) * 1_000 };
    },
  };
}

function recorder(manner: Manner, done: (events: number) => void): EventHandler {
  const effect = ({ id, payload }: { id: string; payload: { number: number } }): Effect => ({
    ...{ handler, eventId: id, number: payload.number },
  });
  if (manner === 'one-by-one') {
    return onEvent({
      ...{ name: handler, event: counted },
      handle: async (tx, event) => {
        await insertEffects(tx, [effect(event)]);
        tx.afterCommit(() => done(1));
      },
    });
  }
  return onEvent({
    ...{ name: handler, event: counted },
    handleBatch: async (tx, events) => {
      await insertEffects(tx, events.map(effect));
      tx.afterCommit(() => done(events.length));
    },
  });
}

function dispatcherOn(database: Database, eventHandler: EventHandler): EventDispatcher {
  const registry = new RegisteredEvents();
  registry.fill([{ module: 'bench', events: [counted], handlers: [eventHandler] }]);
  const handled = handledCounter(new Metrics());
  return new EventDispatcher({
    database,
    clock: systemClock,
    log: nullLogger(),
    config,
    registry,
    handled,
  });
}

/** The effects and the marks alone, with as many callers: no claim, no order, no lease, no trace. */
function bareCase(database: Database, manner: Manner): OutboxCase {
  const size = manner === 'one-by-one' ? 1 : batchMax;
  return {
    name: 'bare-transactions',
    measure: async (forMs) => {
      await clearBacklog(database);
      await fillBacklog(database, {
        kind: 'ready',
        handler,
        count: Math.ceil((perSecond[manner] * forMs) / 1_000),
      });
      const { deliveries: backlog, token } = await takeBacklog(database, handler);
      await analyze(database);
      const { throughput } = await measureCalls(
        async () => {
          const deliveries = backlog.splice(-size);
          await database.withTransaction({ name: 'bare' }, async (tx) => {
            await insertEffects(
              tx,
              deliveries.map(({ id }, number) => ({ handler, eventId: id, number })),
            );
            await removeHandled(tx, deliveries, token);
          });
        },
        { forMs, callers: concurrencyPerHandler },
      );
      return { throughput: throughput * size };
    },
  };
}
