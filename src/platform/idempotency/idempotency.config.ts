import Type, { type Static } from 'typebox';

export const idempotencyConfig = Type.Object({
  keptSeconds: Type.Integer({
    default: 86_400,
    minimum: 60,
    maximum: 2_592_000,
    unit: 'seconds',
    description: 'How long an Idempotency-Key and its answer are kept, from the first request on.',
  }),
  answerBytesMax: Type.Integer({
    default: 262_144,
    minimum: 1_024,
    maximum: 16_777_216,
    unit: 'bytes',
    description: 'A larger answer is given once and not kept; its repetition is told so.',
  }),
  waitMs: Type.Integer({
    default: 5_000,
    minimum: 0,
    maximum: 60_000,
    unit: 'ms',
    description: 'A repetition waits this long for the first request on the same instance; then 409.',
  }),
  waitersMax: Type.Integer({
    default: 1_000,
    minimum: 0,
    maximum: 100_000,
    unit: 'requests',
    description: 'Repetitions that may wait at once; further ones get 409 at once.',
  }),
  runningKeysMax: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    unit: 'keys',
    description: 'Running keys that an instance remembers; further ones meet in the database only.',
  }),
  retryAfterSeconds: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 3_600,
    unit: 'seconds',
    description: 'Retry-After of a 409 for a request that is still running.',
  }),
  cleanupBatchMax: Type.Integer({
    default: 1_000,
    minimum: 1,
    maximum: 100_000,
    unit: 'rows',
    description: 'Keys past their end that one statement of the cleanup removes.',
  }),
});

export type IdempotencyConfig = Static<typeof idempotencyConfig>;
