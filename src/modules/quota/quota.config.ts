import Type, { type Static } from 'typebox';

const dailyTokens = (defaultValue: number | 'unlimited', who: string) =>
  Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), Type.Literal('unlimited')], {
    default: defaultValue,
    unit: 'tokens a day',
    description: `Free AI tokens for ${who}, a number or \`unlimited\`.`,
  });

const author = Type.Object(
  {
    novice: dailyTokens(20_000, 'novice authors'),
    signed: dailyTokens(100_000, 'signed authors'),
    master: dailyTokens('unlimited', 'master authors'),
  },
  { additionalProperties: false },
);

const daily = Type.Object(
  {
    reader: dailyTokens(10_000, 'readers'),
    author,
    staff: dailyTokens('unlimited', 'reviewers, operators and admins'),
  },
  { additionalProperties: false },
);

const reservation = Type.Object(
  {
    ttlSeconds: Type.Integer({
      default: 600,
      minimum: 60,
      maximum: 86_400,
      unit: 's',
      description:
        'Life of a reservation; then it is settled at what was noted. Keep it above the time limit of an AI call.',
    }),
    sweepIntervalSeconds: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 3600,
      unit: 's',
      description: 'From one search for ended reservations to the next, in the whole cluster.',
    }),
    maxTokensDefault: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 1_000_000,
      unit: 'tokens',
      description: 'Completion tokens of a call that does not say how many it wants.',
    }),
    maxTokensShrunkMin: Type.Integer({
      default: 64,
      minimum: 1,
      maximum: 1_000_000,
      unit: 'tokens',
      description: 'The default shrinks to what is left, but not below so many tokens.',
    }),
  },
  { additionalProperties: false },
);

const admission = Type.Object(
  {
    roundOperationsMax: Type.Integer({
      default: 256,
      minimum: 1,
      maximum: 4096,
      unit: 'operations',
      description: 'Operations that one transaction decides.',
    }),
    queueOperationsMax: Type.Integer({
      default: 5000,
      minimum: 1,
      maximum: 1_000_000,
      unit: 'operations',
      description: 'Operations that may wait; beyond it reservations answer 503.',
    }),
    deadlineMs: Type.Integer({
      default: 5000,
      minimum: 10,
      maximum: 60_000,
      unit: 'ms',
      description: 'Longest wait for a decision; then the caller gets 503.',
    }),
    retryAfterSeconds: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 600,
      unit: 's',
      description: 'Retry-After of a 503.',
    }),
  },
  { additionalProperties: false },
);

const levels = Type.Object(
  {
    warningPercent: Type.Integer({
      default: 20,
      minimum: 0,
      maximum: 100,
      unit: 'percent',
      description: 'At or below this share of tokens left the level is `warning`.',
    }),
    criticalPercent: Type.Integer({
      default: 10,
      minimum: 0,
      maximum: 100,
      unit: 'percent',
      description: 'At or below this share of tokens left the level is `critical`.',
    }),
  },
  { additionalProperties: false },
);

export const quotaConfig = Type.Object(
  { daily, reservation, admission, levels },
  { additionalProperties: false },
);

export type QuotaConfig = Static<typeof quotaConfig>;
