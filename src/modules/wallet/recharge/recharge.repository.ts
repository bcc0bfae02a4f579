import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { NoticeOutcome, PaidNotice } from './recharge.domain.js';

export interface RechargeOrder {
  readonly id: string;
  readonly userId: string;
  readonly provider: string;
  readonly amountFen: number;
  readonly coins: number;
  /** Bonus coins of the tier. */
  readonly tierBonusCoins: number;
  /** Bonus coins that were given with it in all; 0 before it is paid. */
  readonly bonusCoins: number;
  readonly refundedCoins: number;
  readonly state: 'pending' | 'paid' | 'expired';
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly paidAt: Date | null;
  readonly transactionId: string | null;
}

interface OrderRow {
  id: string;
  user_id: string;
  provider: string;
  amount_fen: number;
  coins: number;
  tier_bonus_coins: number;
  bonus_coins: number;
  refunded_coins: number;
  state: RechargeOrder['state'];
  created_at: Date;
  expires_at: Date;
  paid_at: Date | null;
  transaction_id: string | null;
}

interface RechargeTables {
  recharge_orders: OrderRow;
  payment_notices: {
    provider: string;
    payment_id: string;
    order_id: string;
    amount_fen: number;
    outcome: NoticeOutcome;
    received_at: Date;
  };
}

export async function insertOrder(tx: Tx, order: RechargeOrder): Promise<void> {
  await tables<RechargeTables>(tx)
    .insertInto('recharge_orders')
    .values({
      ...{ id: order.id, provider: order.provider, coins: order.coins, state: order.state },
      user_id: order.userId,
      amount_fen: order.amountFen,
      tier_bonus_coins: order.tierBonusCoins,
      bonus_coins: order.bonusCoins,
      refunded_coins: order.refundedCoins,
      created_at: order.createdAt,
      expires_at: order.expiresAt,
      paid_at: order.paidAt,
      transaction_id: order.transactionId,
    })
    .execute();
}

export async function findOrder(where: Queryable, id: string): Promise<RechargeOrder | undefined> {
  const row = await orders(where).where('id', '=', id).executeTakeFirst();
  return row && orderOf(row);
}

export async function findOrderOfTransaction(
  where: Queryable,
  transactionId: string,
): Promise<RechargeOrder | undefined> {
  const row = await orders(where).where('transaction_id', '=', transactionId).executeTakeFirst();
  return row && orderOf(row);
}

/** Under the locks of the accounts, which come first. */
export async function lockOrder(tx: Tx, id: string): Promise<RechargeOrder> {
  return orderOf(await orders(tx).where('id', '=', id).forUpdate().executeTakeFirstOrThrow());
}

export async function markPaid(
  tx: Tx,
  id: string,
  { transactionId, bonusCoins, now }: { transactionId: string; bonusCoins: number; now: Date },
): Promise<void> {
  await tables<RechargeTables>(tx)
    .updateTable('recharge_orders')
    .set({ state: 'paid', paid_at: now, transaction_id: transactionId, bonus_coins: bonusCoins })
    .where('id', '=', id)
    .execute();
}

export async function addRefunded(tx: Tx, id: string, coins: number): Promise<void> {
  await tables<RechargeTables>(tx)
    .updateTable('recharge_orders')
    .set(({ eb }) => ({ refunded_coins: eb('refunded_coins', '+', coins) }))
    .where('id', '=', id)
    .execute();
}

/** Writes down that open orders have ended, at most `limit`; answers how many. A payment meanwhile wins. */
export async function expireOrders(where: Queryable, now: Date, limit: number): Promise<number> {
  const { numUpdatedRows } = await tables<RechargeTables>(where)
    .updateTable('recharge_orders')
    .set({ state: 'expired' })
    .where('state', '=', 'pending')
    .where('id', 'in', (query) =>
      query
        .selectFrom('recharge_orders')
        .select('id')
        .where('state', '=', 'pending')
        .where('expires_at', '<=', now)
        .orderBy('expires_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** False when the payment was told before; a twin that is telling it now is waited for. */
export async function insertNotice(
  tx: Tx,
  provider: string,
  { paymentId, orderId, amountFen }: PaidNotice,
  { outcome, now }: { outcome: NoticeOutcome; now: Date },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<RechargeTables>(tx)
    .insertInto('payment_notices')
    .values({
      ...{ provider, outcome },
      payment_id: paymentId,
      order_id: orderId,
      amount_fen: amountFen,
      received_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findNotice(
  where: Queryable,
  provider: string,
  paymentId: string,
): Promise<NoticeOutcome | undefined> {
  const row = await tables<RechargeTables>(where)
    .selectFrom('payment_notices')
    .select('outcome')
    .where('provider', '=', provider)
    .where('payment_id', '=', paymentId)
    .executeTakeFirst();
  return row?.outcome;
}

function orders(where: Queryable) {
  return tables<RechargeTables>(where).selectFrom('recharge_orders').selectAll();
}

function orderOf(row: OrderRow): RechargeOrder {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    amountFen: row.amount_fen,
    coins: row.coins,
    tierBonusCoins: row.tier_bonus_coins,
    bonusCoins: row.bonus_coins,
    refundedCoins: row.refunded_coins,
    state: row.state,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    paidAt: row.paid_at,
    transactionId: row.transaction_id,
  };
}
