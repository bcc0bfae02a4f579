import type { Entitlement, Price, Share } from './quota.domain.js';
import type { DenialReason, TokenUsage } from './quota.port.js';

export type ReservationState = 'open' | 'settled' | 'released' | 'expired';

export interface Reservation extends Price {
  readonly callId: string;
  readonly userId: string;
  readonly operation: string;
  readonly model: string;
  readonly maxTokens: number;
  readonly ceiling: number;
  /** The grants that carry the ceiling, in the order of spending; kept past their ends. */
  readonly split: readonly Share[];
  /** The daily grant its caller was entitled to when the call began. */
  readonly entitlement: Entitlement;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  state: ReservationState;
  /** Used so far, as far as anyone told. */
  noted: TokenUsage;
  charged: number;
  absorbed: number;
}

export interface ReserveOperation extends Price {
  readonly kind: 'reserve';
  readonly callId: string;
  readonly userId: string;
  readonly entitlement: Entitlement;
  readonly promptTokens: number;
  readonly maxTokens: number | undefined;
  readonly operation: string;
  readonly model: string;
}

/** `expire` closes a reservation only when it is past its end; so does any other operation that meets one. */
export type Operation =
  | ReserveOperation
  | { readonly kind: 'settle' | 'note'; readonly callId: string; readonly usage: TokenUsage }
  | { readonly kind: 'release' | 'expire'; readonly callId: string };

/** What a user may still reserve, at the moment of the answer. */
export interface Remaining {
  readonly available: number;
  readonly unlimited: boolean;
}

export type Outcome =
  | ({ readonly kind: 'reserved'; readonly reservation: Reservation } & Remaining)
  | ({ readonly kind: 'denied'; readonly reason: DenialReason } & Remaining)
  | ({ readonly kind: 'found'; readonly reservation: Reservation } & Remaining)
  /** The id belongs to a call that is over, or to somebody else. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown' };

/** A line of the user's history: `tokens` is what the balance gained (grant) or lost (usage, expiry). */
export interface JournalEntry {
  readonly userId: string;
  readonly kind: 'grant' | 'usage' | 'expiry';
  readonly tokens: number;
  readonly split: readonly Share[];
  /** Absent for grants. */
  readonly call?: {
    readonly callId: string;
    readonly operation: string;
    readonly model: string;
    readonly usage: TokenUsage;
    readonly absorbed: number;
  };
}
