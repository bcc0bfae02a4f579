import Type, { type TSchema } from 'typebox';

const Moment = Type.String({ format: 'date-time' });
const orNull = <S extends TSchema>(schema: S, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const Running = Type.Object({
  since: Moment,
  instance: Type.String({ description: 'The replica that runs it' }),
});

const LastRun = Type.Object({
  instance: Type.String({ description: 'The replica that ran it' }),
  startedAt: Moment,
  durationMs: Type.Integer(),
  outcome: Type.Enum(['succeeded', 'failed', 'timed-out', 'interrupted'], {
    description: '`interrupted`: its instance stopped in the middle; another one runs it again',
  }),
  error: orNull(Type.String(), 'What went wrong; `null` when nothing did'),
});

export const Jobs = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      summary: orNull(Type.String(), '`null` for a job that this instance does not know'),
      schedule: Type.String(),
      known: Type.Boolean({ description: 'Whether this instance can run it; another release may' }),
      nextRunAt: Moment,
      requestedAt: orNull(Moment, 'Since when somebody waits for a run that has not begun'),
      running: orNull(Running, '`null` while it does not run'),
      failuresInRow: Type.Integer({ description: 'Failures since it last succeeded' }),
      lastRun: orNull(LastRun, '`null` before the first run has ended'),
    }),
  ),
});

export const JobParams = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9-]{1,64}$', description: 'The name of a job in the list' }),
});

export const RequestedRun = Type.Object({
  name: Type.String(),
  requestedAt: Type.String({ format: 'date-time', description: 'Since when the run is asked for' }),
});
