import type { Tx } from '../../../platform/database/index.js';
import { platform, purse, pursesOf } from '../ledger/account.domain.js';
import { amountDenial, denied } from '../ledger/denial.js';
import type { Ledger } from '../ledger/ledger.js';
import { findById, findByOriginal, type WrittenTransaction } from '../ledger/ledger.repository.js';
import { type Move, spendingOf } from '../ledger/spending.js';
import { refundable, refundSpending, type Split } from '../ledger/split.domain.js';
import { type Refunded, type RefundRequest, spendingTypes, type WalletDenial } from '../wallet.port.js';

/** See `WalletPort.refund`. */
export async function refundOfSpending(
  tx: Tx,
  ledger: Ledger,
  { transactionId, amount, reference }: RefundRequest,
): Promise<Refunded | WalletDenial | undefined> {
  const original = await findById(tx, transactionId);
  if (!original || !isSpending(original)) return undefined;
  const { userId } = original;
  const { split: spent, share, authorId } = spendingOf(original);
  const accounts = await ledger.lock(tx, [
    ...pursesOf(userId, ['promo', 'paid', 'earnings']),
    platform('revenue', userId),
    ...(authorId ? pursesOf(authorId, ['debt', 'earnings']) : []),
  ]);
  // Read under the payer's locks, which every refund of this spending takes.
  const refunds = await findByOriginal(tx, transactionId);
  const returned = returnedBy(refunds, userId);
  const left = refundable({ spent, returned });
  const earlier = refunds.find((refund) => refund.reference === reference);
  if (earlier)
    return { allowed: true, transactionId: earlier.id, amount: coinsFor(earlier, userId), refundable: left };
  const invalid = amountDenial(amount, left);
  if (invalid) return denied(ledger, 'refund', invalid);
  const { split, taken, owed } = refundSpending(
    {
      ...{ spent, returned, share },
      earnings: authorId ? accounts.balance(authorId, 'earnings') : 0,
      isAuthorLocked: authorId !== undefined && accounts.isLocked(authorId),
    },
    amount,
  );
  const ofAuthor: Move[] = authorId
    ? [
        [purse(authorId, 'earnings'), -taken],
        [purse(authorId, 'debt'), -owed],
      ]
    : [];
  const posted = await ledger.post(tx, accounts, {
    ...{ type: 'refund', reference, userId, originalId: transactionId },
    moves: [
      [purse(userId, 'promo'), split.promo],
      [purse(userId, 'paid'), split.paid],
      [purse(userId, 'earnings'), split.earnings],
      [platform('revenue', userId), taken + owed - amount],
      ...ofAuthor,
    ],
  });
  if (!posted.written) throw new RangeError(`the reference ${reference} belongs to another refund`);
  return { allowed: true, transactionId: posted.id, amount, refundable: left - amount };
}

function isSpending({ type }: Pick<WrittenTransaction, 'type'>): boolean {
  return (spendingTypes as readonly string[]).includes(type);
}

function returnedBy(refunds: readonly WrittenTransaction[], userId: string): Split {
  const of = (kind: string) =>
    refunds
      .flatMap(({ postings }) => postings)
      .filter((posting) => posting.userId === userId && posting.kind === kind)
      .reduce((sum, { amount }) => sum + amount, 0);
  return { promo: of('promo'), paid: of('paid'), earnings: of('earnings') };
}

function coinsFor(refund: WrittenTransaction, userId: string): number {
  const { promo, paid, earnings } = returnedBy([refund], userId);
  return promo + paid + earnings;
}
