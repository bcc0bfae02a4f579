import Type, { type Static } from 'typebox';

const whole = (value: number, unit: string, description: string, bounds: { min?: number; max: number }) =>
  Type.Integer({ default: value, minimum: bounds.min ?? 1, maximum: bounds.max, unit, description });

const dispatch = Type.Object({
  pollMs: whole(100, 'ms', 'An instance looks this often for due events of others. PostgreSQL only.', {
    min: 5,
    max: 60_000,
  }),
  safetyPollMs: whole(
    30_000,
    'ms',
    'The embedded database is looked at this often when no commit and no due moment asks for it.',
    { min: 10, max: 600_000 },
  ),
  concurrency: whole(8, 'handlers', 'Handlers of an instance that may use the database at once.', {
    max: 100,
  }),
  concurrencyPerHandler: whole(4, 'runs', 'Runs of the same handler at once in an instance.', { max: 100 }),
  claimMax: whole(500, 'events', 'Events for one handler that an instance takes at once.', { max: 1_000 }),
  batchMax: whole(100, 'events', 'Events of a batch, and of one aggregate handled in a row.', { max: 1_000 }),
  closeTimeoutMs: whole(8_000, 'ms', 'At the end running handlers get this long to finish.', {
    max: 600_000,
  }),
});

const retry = Type.Object({
  attemptsMax: whole(10, 'attempts', 'Tries before an event goes to the dead letters.', { max: 100 }),
  delayMs: whole(1_000, 'ms', 'Longest wait before the second try; doubled for each further one.', {
    max: 3_600_000,
  }),
  delayMsMax: whole(600_000, 'ms', 'Longest wait between two tries.', { max: 86_400_000 }),
});

const lease = Type.Object({
  handlerTimeLimitMs: whole(20_000, 'ms', 'A handler that takes longer has failed.', {
    min: 50,
    max: 600_000,
  }),
  marginMs: whole(
    20_000,
    'ms',
    'A claim outlives the time limit by this much; more than the clocks of the instances may differ.',
    { min: 50, max: 600_000 },
  ),
});

const retention = Type.Object({
  handledHours: whole(72, 'h', 'Events that every handler is done with are kept this long.', { max: 8_760 }),
  deadLetterDays: whole(90, 'd', 'Dead letters that nobody replayed are removed after this time.', {
    max: 3_650,
  }),
});

export const eventsConfig = Type.Object({
  dispatch,
  retry,
  lease,
  retention,
  unknownHandlerAfterMs: whole(
    300_000,
    'ms',
    'Events that wait so long for a handler which this release does not have make the health degraded.',
    { max: 86_400_000 },
  ),
});

export type EventsConfig = Static<typeof eventsConfig>;
