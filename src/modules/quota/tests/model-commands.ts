import fc from 'fast-check';

const user = fc.constantFrom('u1', 'u2');
const daily = fc.integer({ min: 1, max: 40 });
const factor = fc.constantFrom(0, 500, 1000, 1500);
const tokens = fc.integer({ min: 0, max: 15 });
const usage = fc.record({ promptTokens: tokens, completionTokens: fc.integer({ min: 0, max: 40 }) });
/** Index of a call among those begun, modulo their number. */
const which = fc.nat();

export const ttlMs = 600_000;
const hourMs = 3_600_000;

const reserve = fc.record({
  kind: fc.constant('reserve' as const),
  user,
  prompt: tokens,
  max: fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }),
  inFactor: factor,
  outFactor: factor,
});

/** What may happen to a quota. Times lie around the moments at which something ends. */
export const command = fc.oneof(
  { weight: 6, arbitrary: reserve },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), which, usage }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('note' as const), which, usage }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.constantFrom(1, ttlMs - 1, ttlMs, ttlMs + 1, hourMs, 7 * hourMs, 24 * hourMs),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('to-midnight' as const), ms: fc.constantFrom(-1, 0, 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('gift' as const),
      user,
      tokens: fc.integer({ min: 1, max: 30 }),
      lifeMs: fc.constantFrom(1, ttlMs, hourMs, 30 * hourMs),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('role' as const), user, daily }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend' as const), user, on: fc.boolean() }) },
  /** Ends the round, so that batches of every size are tried. */
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
);

export type ModelCommand = typeof command extends fc.Arbitrary<infer T> ? T : never;
