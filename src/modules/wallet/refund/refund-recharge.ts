import type { Tx } from '../../../platform/database/index.js';
import { platform, purse, pursesOf } from '../ledger/account.domain.js';
import { amountDenial, denied } from '../ledger/denial.js';
import type { Ledger } from '../ledger/ledger.js';
import { refundRecharge } from '../ledger/split.domain.js';
import { addRefunded, lockOrder, type RechargeOrder } from '../recharge/recharge.repository.js';
import type { Refunded, WalletDenial } from '../wallet.port.js';

export type RechargeRefunded = Refunded & { readonly amountFen: number };

/** Gives money of a recharge back to its payer: coins that are still there, less the bonus that was spent. */
export async function refundOfRecharge(
  tx: Tx,
  ledger: Ledger,
  { id, userId }: RechargeOrder,
  { amount, reference, originalId }: { amount: number; reference: string; originalId: string },
): Promise<RechargeRefunded | WalletDenial> {
  const [cash, promotions] = [platform('cash', userId), platform('promotions', userId)];
  const accounts = await ledger.lock(tx, [...pursesOf(userId, ['promo', 'paid']), cash, promotions]);
  const order = await lockOrder(tx, id);
  const left = order.coins - order.refundedCoins;
  const invalid = amountDenial(amount, left);
  if (invalid) return denied(ledger, 'recharge-refund', invalid);
  if (accounts.isLocked(userId)) {
    return denied(ledger, 'recharge-refund', { allowed: false, reason: 'wallet-locked' });
  }
  const missing = amount - accounts.balance(userId, 'paid');
  if (missing > 0) {
    return denied(ledger, 'recharge-refund', { allowed: false, reason: 'insufficient-balance', missing });
  }
  const { promo, keptBack, fen } = refundRecharge(order, accounts.balance(userId, 'promo'), amount);
  const posted = await ledger.post(tx, accounts, {
    ...{ type: 'recharge-refund', reference, userId, originalId },
    moves: [
      [purse(userId, 'paid'), -amount],
      [purse(userId, 'promo'), -promo],
      [promotions, promo + keptBack],
      [cash, fen],
    ],
  });
  if (!posted.written) throw new RangeError(`the reference ${reference} belongs to another refund`);
  await addRefunded(tx, id, amount);
  return { allowed: true, transactionId: posted.id, amount, refundable: left - amount, amountFen: fen };
}
