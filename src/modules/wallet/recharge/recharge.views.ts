import type { RechargeOrder } from './recharge.repository.js';

/** An order as its owner sees it: from the very millisecond of its end on it has expired. */
export function orderView(order: RechargeOrder, now: Date) {
  const { id, provider, amountFen, coins, tierBonusCoins, bonusCoins, createdAt, expiresAt, paidAt } = order;
  const isOver = order.state === 'pending' && expiresAt.getTime() <= now.getTime();
  return {
    ...{ id, provider, amountFen, coins },
    status: isOver ? ('expired' as const) : order.state,
    bonusCoins: order.state === 'paid' ? bonusCoins : tierBonusCoins,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    paidAt: paidAt?.toISOString() ?? null,
  };
}
