import type { Day } from './calendar.domain.js';
import type {
  JournalEntry,
  Operation,
  Outcome,
  Remaining,
  Reservation,
  ReserveOperation,
} from './operation.domain.js';
import {
  applyEntitlement,
  bySpendingOrder,
  completionTokensWithin,
  costTokens,
  type Entitlement,
  type Grant,
  isAlive,
  type Share,
  spendable,
} from './quota.domain.js';
import type { TokenUsage } from './quota.port.js';

/** Everything the operations of a round are about, as the database has it under lock. */
export interface RoundState {
  readonly grants: readonly Grant[];
  /** Grants this very round has made: their journal entry is still to be written. */
  readonly madeGrantIds: ReadonlySet<string>;
  readonly reservations: readonly Reservation[];
  readonly suspendedUserIds: ReadonlySet<string>;
}

export interface RoundRules {
  readonly reservationTtlMs: number;
  readonly maxTokensDefault: number;
  readonly maxTokensShrunkMin: number;
}

export interface Decision {
  /** One for each operation, in its order. */
  readonly outcomes: readonly Outcome[];
  readonly changedGrants: readonly Grant[];
  readonly newReservations: readonly Reservation[];
  readonly changedReservations: readonly Reservation[];
  readonly journal: readonly JournalEntry[];
}

/**
 * Decides operations in the order of their arrival. Pure: works on copies. Reservations that are past
 * their end are settled first, at what was noted, so no decision depends on a sweep having run.
 */
export function decide(
  state: RoundState,
  operations: readonly Operation[],
  context: { now: Date; day: Day; rules: RoundRules },
): Decision {
  const round = new Round(state, context);
  round.journalNewGrants(state.madeGrantIds);
  round.expireOverdue();
  return { outcomes: operations.map((operation) => round.apply(operation)), ...round.changes() };
}

class Round {
  readonly #now: Date;
  readonly #day: Day;
  readonly #rules: RoundRules;
  readonly #grants: ReadonlyMap<string, Grant>;
  readonly #grantsByUser = new Map<string, Grant[]>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #suspended: ReadonlySet<string>;
  readonly #changedGrants = new Set<Grant>();
  readonly #newReservations = new Set<Reservation>();
  readonly #changedReservations = new Set<Reservation>();
  readonly #journal: JournalEntry[] = [];

  constructor(state: RoundState, context: { now: Date; day: Day; rules: RoundRules }) {
    this.#now = context.now;
    this.#day = context.day;
    this.#rules = context.rules;
    this.#suspended = state.suspendedUserIds;
    this.#grants = new Map(state.grants.map((grant) => [grant.id, { ...grant }]));
    for (const grant of this.#grants.values()) {
      const own = this.#grantsByUser.get(grant.userId);
      if (own) own.push(grant);
      else this.#grantsByUser.set(grant.userId, [grant]);
    }
    for (const reservation of state.reservations) {
      this.#reservations.set(reservation.callId, { ...reservation });
    }
  }

  changes() {
    return {
      changedGrants: [...this.#changedGrants],
      newReservations: [...this.#newReservations],
      changedReservations: [...this.#changedReservations],
      journal: this.#journal,
    };
  }

  journalNewGrants(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      const grant = this.#grant(id);
      this.#journalGrant(grant, grant.tokens);
    }
  }

  expireOverdue(): void {
    for (const reservation of this.#reservations.values()) {
      if (reservation.state === 'open' && reservation.expiresAt <= this.#now) {
        this.#close(reservation, reservation.noted, 'expired');
      }
    }
  }

  apply(operation: Operation): Outcome {
    if (operation.kind === 'reserve') return this.#reserve(operation);
    const reservation = this.#reservations.get(operation.callId);
    if (!reservation) return { kind: 'unknown' };
    if (reservation.state === 'open') {
      if (operation.kind === 'settle') this.#close(reservation, operation.usage, 'settled');
      if (operation.kind === 'release') this.#close(reservation, noUsage, 'released');
      if (operation.kind === 'note') this.#note(reservation, operation.usage);
    }
    return { kind: 'found', reservation, ...this.#remaining(reservation.userId) };
  }

  #reserve(operation: ReserveOperation): Outcome {
    const { callId, userId } = operation;
    this.#entitle(userId, operation.entitlement);
    const existing = this.#reservations.get(callId);
    if (existing) {
      if (existing.userId !== userId || existing.state !== 'open') return { kind: 'conflict' };
      return { kind: 'reserved', reservation: existing, ...this.#remaining(userId) };
    }
    if (this.#suspended.has(userId)) {
      return { kind: 'denied', reason: 'suspended', ...this.#remaining(userId) };
    }
    const maxTokens = this.#admissibleMaxTokens(operation);
    if (maxTokens === undefined) {
      return { kind: 'denied', reason: 'exhausted', ...this.#remaining(userId) };
    }
    const reservation = this.#open(operation, maxTokens);
    return { kind: 'reserved', reservation, ...this.#remaining(userId) };
  }

  #entitle(userId: string, entitlement: Entitlement): void {
    const daily = this.#ownGrants(userId).find(
      (g) => g.kind === 'daily' && g.endsAt.getTime() === this.#day.endsAt.getTime(),
    );
    if (!daily) throw new Error(`the round has no daily grant of user ${userId}`);
    const before = { ...daily };
    const change = applyEntitlement(daily, entitlement);
    if (daily.unlimited !== before.unlimited || daily.provisional !== before.provisional || change !== 0) {
      this.#changedGrants.add(daily);
    }
    if (change !== 0) this.#journalGrant(daily, change);
  }

  /** The completion tokens that fit into what is left; undefined: the call cannot run. */
  #admissibleMaxTokens(operation: ReserveOperation): number | undefined {
    const { available, unlimited } = this.#remaining(operation.userId);
    const wanted = operation.maxTokens ?? this.#rules.maxTokensDefault;
    if (unlimited) return wanted;
    const fitting = completionTokensWithin(available, operation.promptTokens, operation);
    const smallest =
      operation.maxTokens === undefined ? Math.min(this.#rules.maxTokensShrunkMin, wanted) : wanted;
    return fitting < smallest ? undefined : Math.min(wanted, fitting);
  }

  #open(operation: ReserveOperation, maxTokens: number): Reservation {
    const { callId, userId, entitlement, inFactor, outFactor, model } = operation;
    const ceiling = costTokens(
      { promptTokens: operation.promptTokens, completionTokens: maxTokens },
      operation,
    );
    const split = this.#take(userId, ceiling, 'reserved');
    const reservation: Reservation = {
      ...{ callId, userId, entitlement, inFactor, outFactor, model, maxTokens, ceiling, split },
      operation: operation.operation,
      createdAt: this.#now,
      expiresAt: new Date(this.#now.getTime() + this.#rules.reservationTtlMs),
      state: 'open',
      noted: noUsage,
      charged: 0,
      absorbed: 0,
    };
    this.#reservations.set(callId, reservation);
    this.#newReservations.add(reservation);
    return reservation;
  }

  /** Takes up to `wanted` from the living grants; less only where they hold less. */
  #take(userId: string, wanted: number, as: 'reserved' | 'used'): Share[] {
    const split: Share[] = [];
    let missing = wanted;
    for (const grant of this.#ownGrants(userId).sort(bySpendingOrder)) {
      const tokens = isAlive(grant, this.#now) ? Math.min(missing, spendable(grant)) : 0;
      if (tokens === 0) continue;
      grant[as] += tokens;
      missing -= tokens;
      this.#changedGrants.add(grant);
      split.push({ grantId: grant.id, tokens });
    }
    return split;
  }

  /**
   * Charges `usage` to the split first, then to whatever else is available; nobody pays the rest. A
   * reservation that ended by itself is charged its split at most: what it costs must not depend on the
   * moment at which somebody notices.
   */
  #close(reservation: Reservation, usage: TokenUsage, state: 'settled' | 'released' | 'expired'): void {
    const cost = costTokens(usage, reservation);
    let owed = cost;
    const charged: Share[] = [];
    for (const share of reservation.split) {
      const grant = this.#grant(share.grantId);
      const tokens = grant.unlimited ? owed : Math.min(owed, share.tokens);
      grant.reserved -= share.tokens;
      grant.used += tokens;
      owed -= tokens;
      this.#changedGrants.add(grant);
      if (tokens > 0) charged.push({ grantId: grant.id, tokens });
    }
    if (owed > 0 && state === 'settled') {
      for (const share of this.#take(reservation.userId, owed, 'used')) {
        owed -= share.tokens;
        charged.push(share);
      }
    }
    reservation.state = state;
    reservation.charged = cost - owed;
    reservation.absorbed = owed;
    this.#touch(reservation);
    if (state !== 'released') this.#journalUsage(reservation, usage, charged);
  }

  #note(reservation: Reservation, usage: TokenUsage): void {
    const { noted } = reservation;
    reservation.noted = {
      promptTokens: Math.max(noted.promptTokens, usage.promptTokens),
      completionTokens: Math.max(noted.completionTokens, usage.completionTokens),
    };
    this.#touch(reservation);
  }

  #remaining(userId: string): Remaining {
    const living = this.#ownGrants(userId).filter((grant) => isAlive(grant, this.#now));
    return {
      available: living.reduce((sum, grant) => sum + (grant.unlimited ? 0 : spendable(grant)), 0),
      unlimited: living.some((grant) => grant.unlimited),
    };
  }

  #journalGrant(grant: Grant, tokens: number): void {
    this.#journal.push({
      userId: grant.userId,
      kind: 'grant',
      tokens,
      split: [{ grantId: grant.id, tokens }],
    });
  }

  #journalUsage(reservation: Reservation, usage: TokenUsage, split: readonly Share[]): void {
    const { callId, userId, operation, model, absorbed, charged, state } = reservation;
    const kind = state === 'expired' ? 'expiry' : 'usage';
    const tokens = charged === 0 ? 0 : -charged;
    this.#journal.push({ userId, kind, tokens, split, call: { callId, operation, model, usage, absorbed } });
  }

  #touch(reservation: Reservation): void {
    if (!this.#newReservations.has(reservation)) this.#changedReservations.add(reservation);
  }

  #grant(id: string): Grant {
    const grant = this.#grants.get(id);
    if (!grant) throw new Error(`the round did not load grant ${id}`);
    return grant;
  }

  #ownGrants(userId: string): Grant[] {
    return this.#grantsByUser.get(userId) ?? [];
  }
}

const noUsage: TokenUsage = { promptTokens: 0, completionTokens: 0 };
