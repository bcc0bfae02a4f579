import type { WithdrawalOrder } from './withdrawal.repository.js';

/** An order as its author sees it: of the account only what tells it from others. */
export function withdrawalView(order: WithdrawalOrder) {
  const { id, amount, fee, state, accountType, accountHint, requestedAt, payableAt, changedAt, reason } =
    order;
  return {
    ...{ id, amount, fee, payout: amount - fee, status: state, reason },
    account: { type: accountType, number: accountHint },
    requestedAt: requestedAt.toISOString(),
    payableAt: payableAt.toISOString(),
    changedAt: changedAt.toISOString(),
  };
}
