/** Coins by the purse that they come from or go to. */
export interface Split {
  readonly promo: number;
  readonly paid: number;
  readonly earnings: number;
}

export type Debit =
  | { readonly covered: true; readonly split: Split }
  /** Coins that are not there. */
  | { readonly covered: false; readonly missing: number };

/** How `amount` coins are taken: bonus coins first, then paid ones, an author's earnings last. */
export function splitDebit(purses: Split, amount: number): Debit {
  const promo = Math.min(purses.promo, amount);
  const paid = Math.min(purses.paid, amount - promo);
  const earnings = Math.min(purses.earnings, amount - promo - paid);
  const missing = amount - promo - paid - earnings;
  return missing > 0 ? { covered: false, missing } : { covered: true, split: { promo, paid, earnings } };
}

/** What counts for shares, refunds and earned membership: everything but bonus coins. */
function nonPromo({ paid, earnings }: Split): number {
  return paid + earnings;
}

/** An author's share of a sale, of its non-promo part only, rounded down; the platform takes the rest. */
export function shareOf(split: Split, percent: number): number {
  return Math.floor((nonPromo(split) * percent) / 100);
}

/** A share first repays what its author owes. */
export function creditShare(share: number, owed: number): { repaid: number; earned: number } {
  const repaid = Math.min(share, owed);
  return { repaid, earned: share - repaid };
}

/** A share that is taken back: what is no longer there is owed. */
function reverseShare(share: number, earnings: number): { taken: number; owed: number } {
  const taken = Math.min(share, earnings);
  return { taken, owed: share - taken };
}

/** What the parts of a whole come to when it is given back bit by bit: at the end exactly `total`, never more before. */
function proportion(total: number, whole: number, before: number, part: number): number {
  const upTo = (sum: number) => Number((BigInt(total) * BigInt(sum)) / BigInt(whole));
  return upTo(before + part) - upTo(before);
}

export interface RefundState {
  /** What was spent, and what earlier refunds gave back of it. */
  readonly spent: Split;
  readonly returned: Split;
  /** What the author got of it. */
  readonly share: number;
  /** What the author has now, and whether nothing may move out of their wallet. */
  readonly earnings: number;
  readonly isAuthorLocked: boolean;
}

export interface SpendingRefund {
  /** Where it goes to. */
  readonly split: Split;
  /** Of the author's share: what is taken back, and what is owed because it is no longer there. */
  readonly taken: number;
  readonly owed: number;
}

/** How many coins of a spending may still be given back: never the bonus coins in it. */
export function refundable({ spent, returned }: Pick<RefundState, 'spent' | 'returned'>): number {
  return nonPromo(spent) - returned.promo - nonPromo(returned);
}

/**
 * A part of a spending is given back: in the reverse order of its taking, the author's share in proportion. What the
 * author owes from then on is not there in money, so that much comes back as bonus coins: as paid ones they could be
 * spent on the next accomplice's book, or taken out, and each round would pay out more than was paid in.
 */
export function refundSpending(state: RefundState, amount: number): SpendingRefund {
  const { spent, returned } = state;
  const before = nonPromo(spent) - refundable(state);
  const reversed = proportion(state.share, nonPromo(spent), before, amount);
  const { taken, owed } = reverseShare(reversed, state.isAuthorLocked ? 0 : state.earnings);
  const earnings = Math.min(spent.earnings - returned.earnings, amount);
  const paid = amount - earnings;
  const unpaid = Math.max(0, owed - paid);
  return { split: { promo: owed, paid: paid - (owed - unpaid), earnings: earnings - unpaid }, taken, owed };
}

export interface RechargeRefund {
  /** Coins taken out of the paid purse: the amount that was asked for. */
  readonly paid: number;
  /** Bonus coins taken back. */
  readonly promo: number;
  /** Bonus coins that were spent: they are kept back from the money. */
  readonly keptBack: number;
  /** Fen that go back to the payer. */
  readonly fen: number;
}

/**
 * A part of a recharge is given back, less its part of the bonus that is no longer there: otherwise a bonus could
 * be spent and its recharge taken back, again and again.
 */
export function refundRecharge(
  recharge: { coins: number; bonusCoins: number; refundedCoins: number },
  promoBalance: number,
  amount: number,
): RechargeRefund {
  const { coins, bonusCoins, refundedCoins } = recharge;
  const bonus = proportion(bonusCoins, coins, refundedCoins, amount);
  const promo = Math.min(bonus, promoBalance);
  const keptBack = Math.min(bonus - promo, amount);
  return { paid: amount, promo, keptBack, fen: amount - keptBack };
}
