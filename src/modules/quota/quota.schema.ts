import Type from 'typebox';

const tokens = (description: string) => Type.Integer({ description });
const moment = (description: string) => Type.String({ format: 'date-time', description });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const sums = {
  granted: tokens('Tokens given: available + reserved + used + expired'),
  available: tokens('Tokens that a call may still reserve'),
  reserved: tokens('Tokens set aside for running calls'),
  used: tokens('Tokens charged'),
  expired: tokens('Tokens left when their grant ended'),
};

const grantSchema = Type.Object({
  id: orNull(Type.String({ format: 'uuid' }), '`null` for a daily grant before the first call of the day'),
  kind: Type.Enum(['daily', 'package', 'purchased', 'gift']),
  unlimited: Type.Boolean({ description: 'Refuses nothing; `granted` is then what it gave out' }),
  ...sums,
  startsAt: moment('From this moment on'),
  endsAt: moment('Not any more at this moment'),
});

export const quotaSchema = Type.Object({
  ...sums,
  grants: Type.Array(grantSchema, {
    description: 'Alive in the current day (Shanghai), in the order of spending',
  }),
  level: Type.Enum(['ok', 'warning', 'critical', 'exhausted', 'suspended']),
  resetsAt: moment('The next midnight in Shanghai, when the daily grant comes again'),
  unlimited: Type.Boolean({ description: 'Nothing is refused at present' }),
});

export const quotaExample = {
  granted: 10_000,
  available: 8_640,
  reserved: 600,
  used: 760,
  expired: 0,
  grants: [
    {
      id: '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11',
      kind: 'daily',
      unlimited: false,
      granted: 10_000,
      available: 8_640,
      reserved: 600,
      used: 760,
      expired: 0,
      startsAt: '2026-03-01T16:00:00.000Z',
      endsAt: '2026-03-02T16:00:00.000Z',
    },
  ],
  level: 'ok',
  resetsAt: '2026-03-02T16:00:00.000Z',
  unlimited: false,
};

const nullableTokens = (description: string) => orNull(Type.Integer({ minimum: 0 }), description);

export const historyEntrySchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  kind: Type.Enum(['grant', 'usage', 'expiry'], {
    description:
      '`expiry`: nobody settled the call, so it was charged what had been streamed when its reservation ended',
  }),
  tokens: tokens('What the balance gained (above zero) or lost (below zero)'),
  callId: orNull(Type.String({ format: 'uuid' }), '`null` for grants'),
  operation: orNull(Type.String(), '`null` for grants'),
  model: orNull(Type.String(), '`null` for grants'),
  promptTokens: nullableTokens('Model tokens of the prompt; `null` for grants'),
  completionTokens: nullableTokens('Model tokens of the answer; `null` for grants'),
  absorbedTokens: nullableTokens('Part of the cost that nobody pays; `null` for grants'),
  at: moment('When it was written'),
});

export const historyEntryExample = {
  id: '0198c5a4-9a10-7f00-8000-5d2f7c1b2a33',
  kind: 'usage',
  tokens: -760,
  callId: '0198c5a4-8c00-7a51-b1c2-6a1d0e9f4b22',
  operation: 'continue',
  model: 'demo',
  promptTokens: 310,
  completionTokens: 450,
  absorbedTokens: 0,
  at: '2026-03-02T08:21:07.412Z',
};
