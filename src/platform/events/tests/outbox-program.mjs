// One instance as a process of its own, run from the build: writes events, handles them, and kills itself where it
// is told to, as kill -9 does. Tells on standard output what was committed.
import { pino } from 'pino';
import Type from 'typebox';
import { Value } from 'typebox/value';

const { url, dataDir, migrations, kind, killAt, dispatchFirst, first, count } = JSON.parse(process.argv[2]);
const load = (folder) =>
  import(new URL(`../../../../dist/platform/${folder}/index.js`, import.meta.url).href);
const { DatabaseService, databaseConfig, migrate, tables } = await load('database');
const { defineEvent, EventDispatcher, eventsConfig, handledCounter, onEvent, Outbox, RegisteredEvents } =
  await load('events');
const { systemClock: clock } = await load('kernel');
const { Metrics } = await load('metrics');

const tell = (line) => process.stdout.write(`${line}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');
const log = pino({ level: 'error' }, process.stderr);
const metrics = new Metrics();
const service = new DatabaseService({
  config: { ...Value.Create(databaseConfig), url, dataDir },
  ...{ clock, log, metrics },
});
await service.initialize(AbortSignal.timeout(60_000));
const { database } = service;
await migrate(database, migrations, { clock, log, holder: 'program' });

const event = defineEvent({
  type: 'test.counted',
  summary: 'Something was counted',
  payload: Type.Object({ number: Type.Integer() }),
  example: { number: 1 },
});
let handledHere = 0;

/** The effect of some events, with the places at which this process may end. */
async function effect(where, events) {
  handledHere += events.length;
  const isLast = handledHere >= count / 2;
  if (isLast && killAt === 'before-effect') die();
  const rows = events.map(({ id, payload }) => ({ handler: kind, event_id: id, number: payload.number }));
  await tables(where).insertInto('effects').values(rows).execute();
  if (isLast && killAt === 'before-mark') die();
}

const handlers = {
  transactional: { handle: (tx, one) => effect(tx, [one]) },
  batch: { handleBatch: effect },
  outside: { deliver: (one) => effect(database, [one]) },
};
const registry = new RegisteredEvents();
const handler = onEvent({ name: kind, event, attemptsMax: 100, ...handlers[kind] });
registry.fill([{ module: 'test', events: [event], handlers: [handler] }]);
const defaults = Value.Create(eventsConfig);
const config = { ...defaults, lease: { handlerTimeLimitMs: 400, marginMs: 200 } };
const handled = handledCounter(metrics);
const dispatcher = new EventDispatcher({ database, clock, log, config, registry, handled });
const outbox = new Outbox({ database, clock, registry, wake: () => dispatcher.wake() });

// What kills itself in a handler must not do so while it still writes.
if (dispatchFirst) await dispatcher.initialize();
for (let number = first; number < first + count; number++) {
  const aggregate = number % 2 === 0 ? 'even' : undefined;
  const id = await database.withTransaction({ name: 'add' }, (tx) =>
    outbox.add(tx, event, { number }, aggregate ? { aggregate } : {}),
  );
  tell(`added ${id}`);
}
if (killAt === 'after-commit') die();
if (!dispatchFirst) await dispatcher.initialize();
const pending = tables(database)
  .selectFrom('outbox_deliveries')
  .select(({ fn }) => fn.countAll().as('count'))
  .where('state', '<>', 'dead');
while (Number((await pending.executeTakeFirst()).count) > 0)
  await new Promise((resolve) => setTimeout(resolve, 20));
await dispatcher.close();
const effects = await tables(database)
  .selectFrom('effects')
  .select(['event_id', 'number'])
  .orderBy('position')
  .execute();
tell(`effects ${JSON.stringify(effects)}`);
await service.close();
