import type { Tx } from '../../platform/database/index.js';
import { port } from '../../platform/kernel/index.js';

/** Coins, whole numbers >= 0. */
export interface Balances {
  /** What may be spent at once: paid and bonus coins. */
  readonly available: number;
  /** Bonus and gift coins, part of `available`. */
  readonly promo: number;
  /** An author's shares; spent last, and all that can be withdrawn. */
  readonly earnings: number;
  /** Set aside for open orders. */
  readonly frozen: number;
  /** Owed: coming shares repay it first. */
  readonly debt: number;
}

/** What a user spends coins on. */
export const spendingTypes = [
  'chapter-purchase',
  'book-purchase',
  'membership-purchase',
  'token-purchase',
] as const;
export type SpendingType = (typeof spendingTypes)[number];

export type WalletDenial =
  | { readonly allowed: false; readonly reason: 'insufficient-balance'; readonly missing: number }
  | { readonly allowed: false; readonly reason: 'wallet-locked' }
  /** Not a whole number of coins from 1 (or `min`) to `max`. */
  | {
      readonly allowed: false;
      readonly reason: 'amount-invalid';
      readonly min?: number;
      readonly max: number;
    };

export interface Spending {
  readonly payerId: string;
  /** Coins. */
  readonly amount: number;
  readonly type: SpendingType;
  /**
   * The natural key of what is bought, such as `chapter:<id>:<user id>`; at most 200 characters. The same key again
   * reads the first spending instead of making one.
   */
  readonly reference: string;
  /** The author's part, percent of what is not paid in bonus coins, rounded down; the platform has the rest. */
  readonly share?: { readonly authorId: string; readonly percent: number } | undefined;
}

export interface Spent {
  readonly allowed: true;
  readonly transactionId: string;
  readonly amount: number;
  /** Of it in bonus coins; what counts for earned membership is the rest. */
  readonly promo: number;
  /** What the author got, part of which may have repaid a debt. */
  readonly share: number;
  /** The same reference had been spent before: this is what happened then. */
  readonly repeated: boolean;
}

export interface Gift {
  readonly userId: string;
  readonly amount: number;
  readonly reference: string;
}

export interface HoldRequest {
  readonly userId: string;
  readonly amount: number;
  /** The natural key of what it is for; the same again reads the first hold. */
  readonly reference: string;
  /** `spendable`: bonus, paid, earnings in this order. `earnings`: those alone. */
  readonly source: 'spendable' | 'earnings';
  /** Given back by itself then; null: open until somebody decides. */
  readonly endsAt: Date | null;
}

export interface Held {
  readonly allowed: true;
  readonly holdId: string;
  readonly state: HoldState;
}

export type HoldState = 'open' | 'captured' | 'released' | 'expired';

export interface Capture {
  readonly holdId: string;
  readonly type: SpendingType;
  readonly share?: Spending['share'];
}

export interface RefundRequest {
  /** A spending. */
  readonly transactionId: string;
  readonly amount: number;
  readonly reference: string;
}

export interface Refunded {
  readonly allowed: true;
  readonly transactionId: string;
  readonly amount: number;
  /** How much of the spending may still be given back. */
  readonly refundable: number;
}

/**
 * The coins of users, in double entry. Everything that writes takes the transaction of its flow and a natural key;
 * it locks the accounts it moves, in one order for all. Two callers never spend the same coin, whatever they do at
 * once. A denial is a value, so the flow decides whether to undo its other writes (`tx.rollback`).
 *
 * Call it as late in the transaction as can be: an author's earnings stay locked until the commit. In one
 * transaction do not call twice what locks the accounts of different users, since the order would not hold; a
 * deadlock is repeated by the database all the same.
 */
export interface WalletPort {
  /** Makes the user's accounts, in the transaction that makes the user. Twice is once. */
  open(tx: Tx, userId: string): Promise<void>;
  /** What the user has, now or in `tx`. Somebody without a wallet has nothing. */
  balances(userId: string, tx?: Tx): Promise<Balances>;
  /** Takes coins for something bought: bonus, paid, earnings in this order, and gives the author their share. */
  spend(tx: Tx, spending: Spending): Promise<Spent | WalletDenial>;
  /** Bonus coins from the platform. */
  give(
    tx: Tx,
    gift: Gift,
  ): Promise<{ readonly allowed: true; readonly transactionId: string } | WalletDenial>;
  /** Sets coins aside, so that nothing else takes them. */
  hold(tx: Tx, request: HoldRequest): Promise<Held | WalletDenial>;
  /** Spends what a hold has set aside. Undefined when it is over otherwise; captured twice reads the first. */
  capture(tx: Tx, capture: Capture): Promise<Spent | undefined>;
  /** Gives back what a hold has set aside; answers what it is then: an ended hold stays as it is. */
  release(tx: Tx, holdId: string): Promise<HoldState | undefined>;
  /**
   * Gives a part of a spending back, less its bonus coins, and takes the author's share back; what is no longer there
   * they owe. Undefined when there is no such spending. The flow that calls it takes back what was bought.
   */
  refund(tx: Tx, request: RefundRequest): Promise<Refunded | WalletDenial | undefined>;
}

export const Wallet = port<WalletPort>('wallet');
