import { port } from '../../platform/kernel/index.js';

/** Model tokens of one call as the provider (or our own tokenizer) counted them; whole numbers >= 0. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface ReserveRequest {
  /** A UUID that names the call. The same id again reads the first reservation instead of making one. */
  readonly callId: string;
  readonly userId: string;
  readonly roles: readonly string[];
  /** What the prompt may cost at most, tokens: an estimate already carries its margin. */
  readonly promptTokens: number;
  /** Absent: the default, shrunk to what is left but never below the smallest useful answer. */
  readonly maxTokens?: number | undefined;
  /** Price of a prompt token and of a completion token, thousandths (1000 = one for one). */
  readonly inFactor: number;
  readonly outFactor: number;
  /** Bounded names for the journal and the statistics: `continue`, `demo-1`. */
  readonly operation: string;
  readonly model: string;
}

export interface Reserved {
  readonly allowed: true;
  readonly callId: string;
  /** Completion tokens the call may produce. */
  readonly maxTokens: number;
  /** What was set aside, charged tokens. */
  readonly ceilingTokens: number;
  /** What is left beside this reservation; only the limited grants when `unlimited`. */
  readonly available: number;
  readonly unlimited: boolean;
  /** The reservation ends then and is settled at what was noted; RFC 3339. */
  readonly expiresAt: string;
}

export type DenialReason = 'exhausted' | 'suspended';

export interface Denied {
  readonly allowed: false;
  readonly reason: DenialReason;
  readonly available: number;
  /** The next midnight in Shanghai, when the daily grant comes again; RFC 3339. */
  readonly resetsAt: string;
}

export interface Settlement {
  readonly chargedTokens: number;
  /** What the call cost beyond its ceiling and everything the user had; nobody pays it. */
  readonly absorbedTokens: number;
  /** What is left now; only the limited grants when `unlimited`. */
  readonly remaining: number;
  readonly resetsAt: string;
  readonly unlimited: boolean;
}

export type GrantKind = 'daily' | 'package' | 'purchased' | 'gift';

/** granted = available + reserved + used + expired, tokens. */
export interface TokenSums {
  readonly granted: number;
  readonly available: number;
  readonly reserved: number;
  readonly used: number;
  readonly expired: number;
}

export interface GrantReading extends TokenSums {
  /** `null` for a daily grant that the first call of the day will write down. */
  readonly id: string | null;
  readonly kind: GrantKind;
  readonly unlimited: boolean;
  readonly startsAt: string;
  readonly endsAt: string;
}

export type QuotaLevel = 'ok' | 'warning' | 'critical' | 'exhausted' | 'suspended';

/** Sums over the grants alive in the current period, a day in Shanghai. */
export interface QuotaReading extends TokenSums {
  readonly grants: readonly GrantReading[];
  readonly level: QuotaLevel;
  readonly resetsAt: string;
  readonly unlimited: boolean;
}

/** A line of a user's history: what the balance gained (above zero) or lost (below zero), and by what. */
export interface HistoryEntry {
  readonly id: string;
  /** `expiry`: nobody settled the call, so it was charged what had been noted when its reservation ended. */
  readonly kind: 'grant' | 'usage' | 'expiry';
  readonly tokens: number;
  /** The rest is null for grants. */
  readonly callId: string | null;
  readonly operation: string | null;
  readonly model: string | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly absorbedTokens: number | null;
  readonly at: string;
}

/**
 * AI tokens of users. Never overspent and never refused without need, with any number of callers on
 * any number of instances: the database decides every call, nothing is decided from memory.
 *
 * Every method raises `quota-busy` (503) when more calls wait than the queue holds or the answer takes
 * longer than the deadline, and the database's own error when that is gone. An error never means
 * "allowed": a reservation whose caller got an error is given back.
 */
export interface QuotaPort {
  /** Sets the call's ceiling aside. Call the provider only after it answered `allowed: true`. */
  reserve(request: ReserveRequest): Promise<Reserved | Denied>;
  /**
   * Charges min(actual, ceiling + what is available now) and gives the rest back. A second settle reads
   * the first one's charge. Past the reservation's end that is what was noted by then.
   */
  settle(callId: string, usage: TokenUsage): Promise<Settlement>;
  /** The call failed before its first token: everything returns, nothing is charged. Twice is once. */
  release(callId: string): Promise<void>;
  /** What the call has used so far: all that is charged should nobody settle it. Never goes back. */
  note(callId: string, usage: TokenUsage): Promise<void>;
  /** Right at any moment without a scheduler. Writes nothing. */
  read(userId: string, roles: readonly string[]): Promise<QuotaReading>;
}

export const Quota = port<QuotaPort>('quota');

/** How many times the role's own daily tokens a user has, such as a membership's benefit. */
export interface QuotaFactorPort {
  /**
   * Thousandths, a whole number >= 0 (1500 = one and a half times). Rejects when it cannot know: the
   * call is then refused as broken, since a guess would cut or widen the day's grant.
   */
  factorThousandths(userId: string): Promise<number>;
}

export const QuotaFactor = port<QuotaFactorPort>('quota.factor', {
  whenAbsent: { factorThousandths: async () => 1000 },
});
