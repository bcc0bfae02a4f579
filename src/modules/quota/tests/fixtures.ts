import { FakeClock } from '../../../testing/fake-clock.js';
import type { RoundRules } from '../admission.domain.js';
import { type Decision, decide } from '../admission.domain.js';
import { shanghaiDay } from '../calendar.domain.js';
import type { Operation, Outcome, Reservation, ReserveOperation } from '../operation.domain.js';
import type { Entitlement, Grant } from '../quota.domain.js';
import type { QuotaReading } from '../quota.port.js';
import { readQuota } from '../reading.domain.js';

const rules: RoundRules = { reservationTtlMs: 600_000, maxTokensDefault: 500, maxTokensShrunkMin: 64 };
export const thresholds = { warningPercent: 20, criticalPercent: 10 };
/** Noon in Shanghai. */
export const noon = new Date('2026-03-02T04:00:00Z');
export const readerDaily: Entitlement = { tokens: 10_000, unlimited: false };

export function reserveOf(callId: string, changes: Partial<ReserveOperation> = {}): ReserveOperation {
  return {
    kind: 'reserve',
    callId,
    userId: 'u1',
    entitlement: readerDaily,
    promptTokens: 0,
    maxTokens: 100,
    inFactor: 1000,
    outFactor: 1000,
    operation: 'continue',
    model: 'demo',
    ...changes,
  };
}

/** The tables and the steps of a round without a database: what `decide` is given and what it changes. */
export class QuotaInMemory {
  readonly clock: FakeClock;
  readonly #rules: RoundRules;
  readonly grants = new Map<string, Grant>();
  readonly reservations = new Map<string, Reservation>();
  readonly suspended = new Set<string>();
  #nextId = 1;

  constructor(options: { clock?: FakeClock; rules?: RoundRules } = {}) {
    this.clock = options.clock ?? new FakeClock(noon);
    this.#rules = options.rules ?? rules;
  }

  grant(changes: Partial<Grant> & Pick<Grant, 'tokens' | 'endsAt'>): Grant {
    const grant: Grant = {
      ...{ id: this.newGrantId(), userId: 'u1', kind: 'gift', unlimited: false, provisional: false },
      ...{ used: 0, reserved: 0, startsAt: new Date(this.clock.now().getTime() - 1) },
      ...changes,
    };
    this.grants.set(grant.id, grant);
    return grant;
  }

  newGrantId(): string {
    return `g${String(this.#nextId++).padStart(6, '0')}`;
  }

  round(operations: readonly Operation[]): Decision {
    const now = this.clock.now();
    const day = shanghaiDay(now);
    const madeGrantIds = this.#makeDailyGrants(operations);
    const decision = decide(
      {
        grants: [...this.grants.values()],
        reservations: [...this.reservations.values()],
        suspendedUserIds: this.suspended,
        madeGrantIds,
      },
      operations,
      { now, day, rules: this.#rules },
    );
    for (const grant of decision.changedGrants) this.grants.set(grant.id, grant);
    for (const each of [...decision.newReservations, ...decision.changedReservations]) {
      this.reservations.set(each.callId, each);
    }
    return decision;
  }

  apply(operation: Operation): Outcome {
    return this.round([operation]).outcomes[0] as Outcome;
  }

  read(entitlement: Entitlement = readerDaily, userId = 'u1'): QuotaReading {
    const now = this.clock.now();
    const stored = {
      grants: [...this.grants.values()].filter((g) => g.userId === userId),
      overdue: [...this.reservations.values()].filter(
        (r) => r.userId === userId && r.state === 'open' && r.expiresAt <= now,
      ),
      suspended: this.suspended.has(userId),
    };
    const context = { now, day: shanghaiDay(now), rules: this.#rules, thresholds };
    return readQuota(stored, { userId, entitlement }, context);
  }

  #makeDailyGrants(operations: readonly Operation[]): Set<string> {
    const made = new Set<string>();
    const day = shanghaiDay(this.clock.now());
    const add = (userId: string, entitlement: Entitlement, provisional: boolean) => {
      const there = [...this.grants.values()].some(
        (g) => g.userId === userId && g.kind === 'daily' && g.endsAt.getTime() === day.endsAt.getTime(),
      );
      if (there) return;
      const { startsAt, endsAt } = day;
      made.add(this.grant({ userId, kind: 'daily', ...entitlement, provisional, startsAt, endsAt }).id);
    };
    for (const operation of operations) {
      const call = this.reservations.get(operation.callId);
      if (operation.kind === 'reserve') add(operation.userId, operation.entitlement, false);
      if (operation.kind === 'settle' && call) add(call.userId, call.entitlement, true);
    }
    return made;
  }
}
