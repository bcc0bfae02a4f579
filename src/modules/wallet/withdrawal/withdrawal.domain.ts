import type { WalletConfig } from '../wallet.config.js';

export const withdrawalStates = [
  'pending',
  'approved-once',
  'approved',
  'paid',
  'rejected',
  'failed',
  'cancelled',
] as const;
export type WithdrawalState = (typeof withdrawalStates)[number];

type Rules = WalletConfig['withdrawal'];

/** What an author stands for; fees depend on it. */
export type AuthorTier = 'novice' | 'signed' | 'master';

/** Rounded up: a fee is never less than its percentage. */
export function feeOf(amount: number, tier: AuthorTier, rules: Rules): number {
  const percent = tier === 'novice' ? rules.feePercent : rules.signedFeePercent;
  return Math.ceil((amount * percent) / 100);
}

export type WithdrawalAct = 'approve' | 'reject' | 'paid' | 'failed' | 'cancel';

export interface ReviewedOrder {
  readonly userId: string;
  readonly amount: number;
  readonly state: WithdrawalState;
  readonly firstReviewer: string | null;
  readonly payableAt: Date;
}

export type Decision =
  | { readonly next: WithdrawalState }
  | { readonly refused: 'wrong-state' | 'own-order' | 'same-reviewer' | 'too-early' };

/** The states from which an act leads on. */
const from: Readonly<Record<WithdrawalAct, readonly WithdrawalState[]>> = {
  approve: ['pending', 'approved-once'],
  reject: ['pending', 'approved-once'],
  paid: ['approved'],
  failed: ['approved'],
  cancel: ['pending'],
};

/** pending → approved-once → approved → paid; or rejected, failed, cancelled. Nobody reviews their own order. */
export function decide(
  order: ReviewedOrder,
  act: WithdrawalAct,
  { actorId, now, rules }: { actorId: string; now: Date; rules: Pick<Rules, 'twoReviewersCoins'> },
): Decision {
  if (!from[act].includes(order.state)) return { refused: 'wrong-state' };
  if (act === 'cancel') return { next: 'cancelled' };
  if (order.userId === actorId) return { refused: 'own-order' };
  switch (act) {
    case 'approve':
      if (order.firstReviewer === actorId) return { refused: 'same-reviewer' };
      return { next: needsAnother(order, rules) ? 'approved-once' : 'approved' };
    case 'reject':
      return { next: 'rejected' };
    case 'failed':
      return { next: 'failed' };
    case 'paid':
      return now.getTime() < order.payableAt.getTime() ? { refused: 'too-early' } : { next: 'paid' };
  }
}

function needsAnother({ state, amount }: ReviewedOrder, rules: Pick<Rules, 'twoReviewersCoins'>): boolean {
  return state === 'pending' && amount >= rules.twoReviewersCoins;
}

/** Shanghai keeps UTC+8 the whole year. */
const shanghaiOffsetMs = 8 * 3_600_000;
const dayMs = 24 * 3_600_000;

/** The midnight in Shanghai that begins the day of `moment`, and that of so many days later. */
export function shanghaiMidnight(moment: Date, daysLater = 0): Date {
  const day = Math.floor((moment.getTime() + shanghaiOffsetMs) / dayMs) + daysLater;
  return new Date(day * dayMs - shanghaiOffsetMs);
}

/** The end of an account's number, so that its owner recognises it. */
export function hintOf(accountNumber: string): string {
  return accountNumber.slice(-4).padStart(Math.min(accountNumber.length, 8), '*');
}
