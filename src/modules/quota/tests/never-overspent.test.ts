import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation, Outcome } from '../admission.domain.js';
import { noon, QuotaInMemory, SettableClock } from './fixtures.js';
import { command, type ModelCommand, ttlMs } from './model-commands.js';
import { midnightAfter, ReferenceModel } from './reference-model.js';

const users = ['u1', 'u2'];

/** Plays commands on the reference model at once, and on the decisions under test in rounds. */
class Comparison {
  readonly #clock = new SettableClock(noon);
  readonly #real = new QuotaInMemory({
    clock: this.#clock,
    rules: { reservationTtlMs: ttlMs, maxTokensDefault: 12, maxTokensShrunkMin: 4 },
  });
  readonly #model = new ReferenceModel(noon.getTime(), { ttlMs, maxDefault: 12, maxShrunkMin: 4 });
  readonly #daily = new Map(users.map((user) => [user, 20]));
  readonly #calls: string[] = [];
  #round: { operation: Operation; check: (outcome: Outcome) => void }[] = [];

  play(command: ModelCommand): void {
    if (command.kind === 'reserve') this.#reserve(command);
    else if ('which' in command) this.#touch(command);
    else {
      this.commit();
      this.#happen(command);
      this.#compareReadings();
    }
  }

  commit(): void {
    const round = this.#round;
    this.#round = [];
    if (round.length > 0) {
      const { outcomes } = this.#real.round(round.map(({ operation }) => operation));
      round.forEach(({ check }, index) => {
        check(outcomes[index] as Outcome);
      });
    }
    this.#compareReadings();
    this.#checkBooks();
  }

  #reserve(wanted: Extract<ModelCommand, { kind: 'reserve' }>): void {
    const callId = `c${this.#calls.length}`;
    this.#calls.push(callId);
    const { user, prompt, max, inFactor, outFactor } = wanted;
    const daily = this.#dailyOf(user);
    const expected = this.#model.reserve({ call: callId, user, daily, prompt, max, inFactor, outFactor });
    const operation: Operation = {
      ...{ kind: 'reserve', callId, userId: user, promptTokens: prompt, maxTokens: max, inFactor, outFactor },
      ...{ entitlement: { tokens: daily, unlimited: false }, operation: 'continue', model: 'demo' },
    };
    this.#round.push({
      operation,
      check: (outcome) => {
        const found =
          outcome.kind === 'reserved'
            ? { max: outcome.reservation.maxTokens, ceiling: outcome.reservation.ceiling }
            : outcome.kind === 'denied'
              ? outcome.reason
              : outcome.kind;
        expect(found).toEqual(expected);
      },
    });
  }

  #touch(command: Extract<ModelCommand, { which: number }>): void {
    const callId = this.#calls[command.which % Math.max(1, this.#calls.length)];
    if (callId === undefined || !this.#model.has(callId)) return;
    if (command.kind === 'note') this.#model.note(callId, command.usage);
    let charged: number | undefined;
    if (command.kind === 'settle') charged = this.#model.settle(callId, command.usage);
    if (command.kind === 'release') charged = this.#model.release(callId);
    const { which: _, ...rest } = command;
    this.#round.push({
      operation: { ...rest, callId },
      check: (outcome) => {
        expect(outcome.kind).toBe('found');
        if (charged !== undefined) expect(outcome).toMatchObject({ reservation: { charged } });
      },
    });
  }

  #happen(command: ModelCommand): void {
    if (command.kind === 'advance') this.#advance(command.ms);
    if (command.kind === 'to-midnight') {
      const now = this.#model.now;
      this.#advance(Math.max(0, midnightAfter(now) + command.ms - now));
    }
    if (command.kind === 'gift') {
      const endsAt = this.#model.now + command.lifeMs;
      this.#model.gift(command.user, command.tokens, endsAt);
      const startsAt = this.#clock.now();
      this.#real.grant({ userId: command.user, tokens: command.tokens, startsAt, endsAt: new Date(endsAt) });
    }
    if (command.kind === 'role') this.#daily.set(command.user, command.daily);
    if (command.kind === 'suspend') {
      for (const side of [this.#model.suspended, this.#real.suspended]) {
        if (command.on) side.add(command.user);
        else side.delete(command.user);
      }
    }
  }

  #advance(ms: number): void {
    this.#model.advance(ms);
    this.#clock.advance(ms);
  }

  #compareReadings(): void {
    for (const user of users) {
      const tokens = this.#dailyOf(user);
      const reading = this.#real.read({ tokens, unlimited: false }, user);
      const { granted, available, reserved, used, expired } = reading;
      const usedOfDay = reading.grants.find((g) => g.kind === 'daily')?.used;
      expect({ granted, available, reserved, used, expired, usedOfDay }).toEqual(
        this.#model.read(user, tokens),
      );
      expect(granted).toBe(available + reserved + used + expired);
    }
  }

  /** No grant gives more than it has, and what is reserved is exactly what open calls hold. */
  #checkBooks(): void {
    const held = new Map<string, number>();
    for (const { state, split } of this.#real.reservations.values()) {
      if (state !== 'open') continue;
      for (const { grantId, tokens } of split) held.set(grantId, (held.get(grantId) ?? 0) + tokens);
    }
    for (const { id, tokens, used, reserved } of this.#real.grants.values()) {
      expect(Math.min(used, reserved, tokens - used - reserved)).toBeGreaterThanOrEqual(0);
      expect(reserved).toBe(held.get(id) ?? 0);
    }
  }

  #dailyOf(user: string): number {
    return this.#daily.get(user) ?? 0;
  }
}

test('any history of calls, gifts, roles, suspensions and days is decided as one token at a time would be', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80, size: 'max' }), (commands) => {
      const comparison = new Comparison();
      for (const command of commands) comparison.play(command);
      comparison.commit();
    }),
    { numRuns: 300 },
  );
});
