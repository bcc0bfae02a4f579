import type { Tx } from '../../../platform/database/index.js';
import type { Spending, Spent, WalletDenial } from '../wallet.port.js';
import { type AccountKey, type LockedAccounts, platform, purse, pursesOf } from './account.domain.js';
import { amountDenial, denied } from './denial.js';
import type { Entry, Ledger } from './ledger.js';
import type { WrittenTransaction } from './ledger.repository.js';
import { creditShare, type Split, shareOf, splitDebit } from './split.domain.js';

type Share = Spending['share'];

/**
 * Coins for something bought. See `WalletPort.spend`. What the payer has bought coins for is locked first, and mostly
 * enough; who receives is locked by the statement that writes. Only who pays with earnings has all locked beforehand:
 * they may be the author of another spending at the same moment.
 */
export async function spend(tx: Tx, ledger: Ledger, spending: Spending): Promise<Spent | WalletDenial> {
  const { payerId, amount, type, share } = spending;
  const invalid = amountDenial(amount);
  if (invalid) return denied(ledger, type, invalid);
  checkShare(share, payerId);
  const accounts = await ledger.lock(tx, pursesOf(payerId, ['promo', 'paid']), receivers(payerId, share));
  const purses = { promo: accounts.balance(payerId, 'promo'), paid: accounts.balance(payerId, 'paid') };
  const debit = splitDebit({ ...purses, earnings: 0 }, amount);
  if (accounts.isLocked(payerId) || !debit.covered) return spendEarnings(tx, ledger, spending);
  const { split } = debit;
  const coins = share ? shareOf(split, share.percent) : 0;
  return write(tx, ledger, spending, {
    ...{ accounts, split, shared: coins, moves: [[platform('revenue', payerId), amount - coins]] },
    share: share && coins > 0 ? { authorId: share.authorId, coins } : undefined,
  });
}

/** With all locked: their earnings may be needed, or they do not have enough, or their wallet is locked. */
async function spendEarnings(tx: Tx, ledger: Ledger, spending: Spending): Promise<Spent | WalletDenial> {
  const { payerId, amount, type, reference, share } = spending;
  const accounts = await ledger.lock(tx, [
    ...pursesOf(payerId, ['promo', 'paid', 'earnings']),
    ...receivers(payerId, share),
  ]);
  const debit = splitDebit(spendable(accounts, payerId), amount);
  if (accounts.isLocked(payerId) || !debit.covered) {
    // Its twin may have taken the very coins that are missing.
    const earlier = await ledger.earlier(tx, { reference, type, userId: payerId });
    if (earlier) return spentBefore(earlier);
    if (accounts.isLocked(payerId)) return denied(ledger, type, { allowed: false, reason: 'wallet-locked' });
    const missing = debit.covered ? 0 : debit.missing;
    return denied(ledger, type, { allowed: false, reason: 'insufficient-balance', missing });
  }
  const { split } = debit;
  return write(tx, ledger, spending, { accounts, split, ...distribute(accounts, payerId, split, share) });
}

interface Distribution extends Pick<Entry, 'share'> {
  readonly accounts: LockedAccounts;
  /** What is taken from the payer. */
  readonly split: Split;
  /** Where it goes to, but for `share`. */
  readonly moves: readonly Move[];
  readonly shared: number;
}

async function write(
  tx: Tx,
  ledger: Ledger,
  { payerId, amount, type, reference }: Spending,
  { accounts, split, moves, shared, share }: Distribution,
): Promise<Spent> {
  const taken: Move[] = [
    [purse(payerId, 'promo'), -split.promo],
    [purse(payerId, 'paid'), -split.paid],
    [purse(payerId, 'earnings'), -split.earnings],
  ];
  const posted = await ledger.post(tx, accounts, {
    ...{ type, reference, userId: payerId, moves: [...taken, ...moves], share },
  });
  if (!posted.written) return spentBefore(posted.earlier);
  return spentNow(posted.id, amount, split.promo, shared);
}

export type Move = readonly [AccountKey, number];

/** Where the coins of a spending go to. */
export function receivers(payerId: string, share: Share): AccountKey[] {
  const author = share ? pursesOf(share.authorId, ['debt', 'earnings']) : [];
  return [platform('revenue', payerId), ...author];
}

/** Gives the author their share of coins that were taken, and the platform the rest. */
export function distribute(
  accounts: LockedAccounts,
  payerId: string,
  split: Split,
  share: Share,
): { moves: Move[]; shared: number } {
  const amount = split.promo + split.paid + split.earnings;
  if (!share) return { moves: [[platform('revenue', payerId), amount]], shared: 0 };
  const shared = shareOf(split, share.percent);
  const { repaid, earned } = creditShare(shared, accounts.balance(share.authorId, 'debt'));
  const moves: Move[] = [
    [platform('revenue', payerId), amount - shared],
    [purse(share.authorId, 'debt'), repaid],
    [purse(share.authorId, 'earnings'), earned],
  ];
  return { moves, shared };
}

export function spendable(accounts: LockedAccounts, userId: string): Split {
  return {
    promo: accounts.balance(userId, 'promo'),
    paid: accounts.balance(userId, 'paid'),
    earnings: accounts.balance(userId, 'earnings'),
  };
}

export function spentNow(transactionId: string, amount: number, promo: number, share: number): Spent {
  return { allowed: true, transactionId, amount, promo, share, repeated: false };
}

/** What an earlier spending came to, out of its postings. */
export function spentBefore(earlier: WrittenTransaction): Spent {
  const { split, share } = spendingOf(earlier);
  const amount = split.promo + split.paid + split.earnings;
  const { promo } = split;
  return { allowed: true, transactionId: earlier.id, amount, promo, share, repeated: true };
}

/** Reads a spending back from its postings. Its own purchase by an author is not possible, so nothing overlaps. */
export function spendingOf({ userId, postings }: WrittenTransaction): {
  split: Split;
  share: number;
  authorId: string | undefined;
} {
  const own = (kind: string) =>
    0 -
    postings
      .filter((posting) => posting.userId === userId && posting.kind === kind)
      .reduce((sum, { amount }) => sum + amount, 0);
  const authors = postings.filter((posting) => posting.userId !== null && posting.userId !== userId);
  return {
    split: { promo: own('promo'), paid: own('paid'), earnings: own('earnings') },
    share: authors.reduce((sum, { amount }) => sum + amount, 0),
    authorId: authors[0]?.userId ?? undefined,
  };
}

function checkShare(share: Share, payerId: string): void {
  if (!share) return;
  if (!Number.isInteger(share.percent) || share.percent < 0 || share.percent > 100) {
    throw new RangeError(`a share is a whole number of percent from 0 to 100, not ${share.percent}`);
  }
  if (share.authorId === payerId) throw new RangeError('nobody pays a share to themselves');
}
