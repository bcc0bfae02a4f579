import type { Database } from '../../platform/database/index.js';
import { type BaseService, type Clock, type Health, healthy } from '../../platform/kernel/index.js';
import { AdmissionBatcher } from './admission.batcher.js';
import type { RoundRules } from './admission.domain.js';
import { shanghaiDay } from './calendar.domain.js';
import { entitlementOf } from './entitlement.domain.js';
import type { Operation, Outcome } from './operation.domain.js';
import type { QuotaConfig } from './quota.config.js';
import { checkReserveRequest, checkUsage, checkUuid, checkWhole } from './quota.input.js';
import type { QuotaMetrics } from './quota.metrics.js';
import type {
  Denied,
  HistoryEntry,
  QuotaFactorPort,
  QuotaPort,
  QuotaReading,
  Reserved,
  ReserveRequest,
  Settlement,
  TokenUsage,
} from './quota.port.js';
import { listHistory, probe, readUserQuota } from './quota.repository.js';
import { runRound } from './quota.round.js';
import { readQuota } from './reading.domain.js';
import { sweepReservations } from './reservation.sweep.js';

export interface QuotaDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly factor: QuotaFactorPort;
  readonly config: QuotaConfig;
  readonly metrics: QuotaMetrics;
}

type Found = Extract<Outcome, { kind: 'found' }>;

export class QuotaService implements BaseService, QuotaPort {
  readonly name = 'quota';
  readonly version = '1.0.0';
  readonly #deps: QuotaDependencies;
  readonly #rules: RoundRules;
  readonly #batcher: AdmissionBatcher;

  constructor(deps: QuotaDependencies) {
    const { reservation, admission } = deps.config;
    this.#deps = deps;
    this.#rules = {
      reservationTtlMs: reservation.ttlSeconds * 1000,
      maxTokensDefault: reservation.maxTokensDefault,
      maxTokensShrunkMin: reservation.maxTokensShrunkMin,
    };
    this.#batcher = new AdmissionBatcher((operations) => this.#decide(operations), admission);
  }

  async initialize(): Promise<void> {
    await probe(this.#deps.database);
    this.#batcher.open();
  }

  async health(): Promise<Health> {
    await probe(this.#deps.database);
    return healthy;
  }

  async close(): Promise<void> {
    await this.#batcher.drain();
  }

  async reserve(request: ReserveRequest): Promise<Reserved | Denied> {
    checkReserveRequest(request);
    const { callId, userId, promptTokens, maxTokens, inFactor, outFactor, operation, model } = request;
    const entitlement = await this.#entitlement(userId, request.roles);
    const outcome = await this.#batcher.submit({
      ...{ kind: 'reserve', callId, userId, entitlement, promptTokens, maxTokens },
      ...{ inFactor, outFactor, operation, model },
    });
    if (outcome.kind === 'denied') return this.#denied(outcome);
    if (outcome.kind !== 'reserved') throw new Error(`call ${callId} is over, or not this user's`);
    const { reservation, available, unlimited } = outcome;
    return {
      ...{ allowed: true, callId, available, unlimited },
      maxTokens: reservation.maxTokens,
      ceilingTokens: reservation.ceiling,
      expiresAt: reservation.expiresAt.toISOString(),
    };
  }

  async settle(callId: string, usage: TokenUsage): Promise<Settlement> {
    checkUsage(usage);
    const { reservation, available, unlimited } = await this.#find({ kind: 'settle', callId, usage });
    return {
      chargedTokens: reservation.charged,
      absorbedTokens: reservation.absorbed,
      remaining: available,
      resetsAt: this.#resetsAt(),
      unlimited,
    };
  }

  async release(callId: string): Promise<void> {
    await this.#find({ kind: 'release', callId });
  }

  async note(callId: string, usage: TokenUsage): Promise<void> {
    checkUsage(usage);
    await this.#find({ kind: 'note', callId, usage });
  }

  async read(userId: string, roles: readonly string[]): Promise<QuotaReading> {
    const stop = this.#deps.metrics.readDurationSeconds.startTimer({ tier: 'database' });
    const entitlement = await this.#entitlement(userId, roles);
    const now = this.#deps.clock.now();
    const day = shanghaiDay(now);
    const stored = await readUserQuota(this.#deps.database, userId, { now, day });
    stop();
    const context = { now, day, rules: this.#rules, thresholds: this.#deps.config.levels };
    return readQuota(stored, { userId, entitlement }, context);
  }

  /** A page of the user's history, newest first. */
  history(userId: string, page: { limit: number; beforeId: string | undefined }): Promise<HistoryEntry[]> {
    return listHistory(this.#deps.database, userId, page);
  }

  /** Settles all reservations past their end at what was noted; answers how many it met. */
  sweep(signal?: AbortSignal): Promise<number> {
    const { database, clock, config } = this.#deps;
    const expire = (callId: string) => this.#batcher.submit({ kind: 'expire', callId });
    const callsMax = config.admission.roundOperationsMax;
    return sweepReservations({ database, clock, callsMax, expire }, signal);
  }

  async #find(operation: Exclude<Operation, { kind: 'reserve' }>): Promise<Found> {
    checkUuid('callId', operation.callId);
    const outcome = await this.#batcher.submit(operation);
    if (outcome.kind !== 'found') throw new Error(`call ${operation.callId} was never reserved`);
    return outcome;
  }

  async #decide(operations: readonly Operation[]): Promise<readonly Outcome[]> {
    const { database, clock, metrics } = this.#deps;
    const decision = await runRound({ database, clock, rules: this.#rules }, operations);
    for (const { call } of decision.journal) metrics.absorbedTokens.inc(call?.absorbed ?? 0);
    return decision.outcomes;
  }

  async #entitlement(userId: string, roles: readonly string[]) {
    const factor = await this.#deps.factor.factorThousandths(userId);
    checkWhole('factorThousandths', factor, 0, 1_000_000);
    return entitlementOf(roles, this.#deps.config.daily, factor);
  }

  #denied({ reason, available }: Extract<Outcome, { kind: 'denied' }>): Denied {
    this.#deps.metrics.denied.inc({ reason });
    return { allowed: false, reason, available, resetsAt: this.#resetsAt() };
  }

  #resetsAt(): string {
    return shanghaiDay(this.#deps.clock.now()).endsAt.toISOString();
  }
}
