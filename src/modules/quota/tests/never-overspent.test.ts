import fc from 'fast-check';
import { test } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { Operation, Outcome } from '../operation.domain.js';
import { noon, QuotaInMemory } from './fixtures.js';
import { command } from './model-commands.js';
import {
  type ModelAnswer,
  type ModelOperation,
  ModelRun,
  modelRules,
  type QuotaUnderTest,
} from './model-run.js';

/** The decisions themselves, a batch a round, without a database. */
class RoundsInMemory implements QuotaUnderTest {
  readonly #clock = new FakeClock(noon);
  readonly #quota = new QuotaInMemory({
    clock: this.#clock,
    rules: {
      reservationTtlMs: modelRules.ttlMs,
      maxTokensDefault: modelRules.maxDefault,
      maxTokensShrunkMin: modelRules.maxShrunkMin,
    },
  });
  #calls = 0;

  async decide(operations: readonly ModelOperation[]): Promise<ModelAnswer[]> {
    const { outcomes } = this.#quota.round(operations.map(operationOf));
    return outcomes.map((outcome, index) => answerOf(outcome, operations[index] as ModelOperation));
  }

  newCallId(): string {
    return `c${this.#calls++}`;
  }

  async gift(userId: string, tokens: number, lifeMs: number): Promise<void> {
    const startsAt = this.#clock.now();
    this.#quota.grant({ userId, tokens, startsAt, endsAt: new Date(startsAt.getTime() + lifeMs) });
  }

  async suspend(user: string, on: boolean): Promise<void> {
    if (on) this.#quota.suspended.add(user);
    else this.#quota.suspended.delete(user);
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }

  async read(user: string, daily: number) {
    const reading = this.#quota.read({ tokens: daily, unlimited: false }, user);
    const { granted, available, reserved, used, expired } = reading;
    const usedOfDay = reading.grants.find((grant) => grant.kind === 'daily')?.used;
    return { granted, available, reserved, used, expired, usedOfDay };
  }

  /** Grants that gave more than they have, or hold other reserves than those of open calls. */
  async findImbalances(): Promise<unknown[]> {
    const held = new Map<string, number>();
    for (const { state, split } of this.#quota.reservations.values()) {
      if (state !== 'open') continue;
      for (const { grantId, tokens } of split) held.set(grantId, (held.get(grantId) ?? 0) + tokens);
    }
    return [...this.#quota.grants.values()].filter(
      ({ id, tokens, used, reserved }) =>
        Math.min(used, reserved, tokens - used - reserved) < 0 || reserved !== (held.get(id) ?? 0),
    );
  }
}

function operationOf(operation: ModelOperation): Operation {
  if (operation.kind !== 'reserve') {
    const { call: callId, ...rest } = operation;
    return { ...rest, callId };
  }
  const { call: callId, user: userId, daily, prompt, max, inFactor, outFactor } = operation;
  return {
    ...{ kind: 'reserve', callId, userId, promptTokens: prompt, maxTokens: max, inFactor, outFactor },
    ...{ entitlement: { tokens: daily, unlimited: false }, operation: 'continue', model: 'demo' },
  };
}

function answerOf(outcome: Outcome, { kind }: ModelOperation): ModelAnswer {
  if (outcome.kind === 'denied') return outcome.reason;
  if (outcome.kind === 'reserved') {
    return { max: outcome.reservation.maxTokens, ceiling: outcome.reservation.ceiling };
  }
  if (outcome.kind !== 'found') return outcome.kind;
  return kind === 'settle' ? outcome.reservation.charged : undefined;
}

test('any history of calls, gifts, roles, suspensions and days is decided as one token at a time would be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 80, size: 'max' }), (commands) =>
      new ModelRun(new RoundsInMemory()).play(commands),
    ),
    { numRuns: 300 },
  );
});
