import type { WalletConfig } from '../wallet.config.js';

type RechargeRules = WalletConfig['recharge'];

/** 1 yuan = 100 fen = 100 coins. */
const fenPerYuan = 100;

export interface Tier {
  readonly amountFen: number;
  readonly coins: number;
  readonly bonusCoins: number;
}

export function tiersOf({ tiers }: Pick<RechargeRules, 'tiers'>): Tier[] {
  return tiers.map(({ yuan, bonusCoins }) => ({
    amountFen: yuan * fenPerYuan,
    coins: yuan * fenPerYuan,
    bonusCoins,
  }));
}

/** What an amount buys; undefined when it is no whole number of yuan within the bounds. */
export function tierFor(rules: RechargeRules, amountFen: number): Tier | undefined {
  const { min, max } = boundsFen(rules);
  if (!Number.isInteger(amountFen) || amountFen % fenPerYuan !== 0) return undefined;
  if (amountFen < min || amountFen > max) return undefined;
  const offered = tiersOf(rules).find((tier) => tier.amountFen === amountFen);
  return offered ?? { amountFen, coins: amountFen, bonusCoins: 0 };
}

export function boundsFen({ yuanMin, yuanMax }: Pick<RechargeRules, 'yuanMin' | 'yuanMax'>) {
  return { min: yuanMin * fenPerYuan, max: yuanMax * fenPerYuan };
}

export type NoticeOutcome = 'credited' | 'unknown-order' | 'wrong-amount' | 'paid-already';

export interface PaidNotice {
  readonly orderId: string;
  readonly paymentId: string;
  readonly amountFen: number;
}

/**
 * What becomes of money that arrived. An order that has expired meanwhile is credited all the same: the payer has
 * paid, and what they wanted can still be given. Everything else waits for the staff, who see it as a mismatch.
 */
export function judgeNotice(
  { amountFen }: PaidNotice,
  order: { readonly amountFen: number; readonly state: 'pending' | 'paid' | 'expired' } | undefined,
): NoticeOutcome {
  if (!order) return 'unknown-order';
  if (order.state === 'paid') return 'paid-already';
  return order.amountFen === amountFen ? 'credited' : 'wrong-amount';
}
