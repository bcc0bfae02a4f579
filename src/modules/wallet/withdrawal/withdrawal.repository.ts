import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { KeyUse, SealedSecret } from '../../../platform/secrets/index.js';
import type { WithdrawalState } from './withdrawal.domain.js';

export interface WithdrawalOrder {
  readonly id: string;
  readonly userId: string;
  readonly amount: number;
  readonly fee: number;
  readonly state: WithdrawalState;
  readonly holdId: string;
  readonly accountType: string;
  readonly accountHint: string;
  /** The name and number of the account, about the order; null once they are erased. */
  readonly account: SealedSecret | null;
  readonly requestedAt: Date;
  readonly payableAt: Date;
  readonly changedAt: Date;
  readonly firstReviewer: string | null;
  readonly reason: string | null;
}

interface OrderRow {
  id: string;
  user_id: string;
  amount: number;
  fee: number;
  state: WithdrawalState;
  hold_id: string;
  account_type: string;
  account_hint: string;
  account: Uint8Array | null;
  sealed_with: string | null;
  requested_at: Date;
  payable_at: Date;
  changed_at: Date;
  first_reviewer: string | null;
  reason: string | null;
}

interface WithdrawalTables {
  withdrawal_orders: OrderRow;
}

export async function insertWithdrawal(tx: Tx, order: WithdrawalOrder): Promise<void> {
  await tables<WithdrawalTables>(tx)
    .insertInto('withdrawal_orders')
    .values({
      ...{ id: order.id, amount: order.amount, fee: order.fee, state: order.state, reason: order.reason },
      user_id: order.userId,
      hold_id: order.holdId,
      account_type: order.accountType,
      account_hint: order.accountHint,
      account: order.account?.bytes ?? null,
      sealed_with: order.account?.keyId ?? null,
      requested_at: order.requestedAt,
      payable_at: order.payableAt,
      changed_at: order.changedAt,
      first_reviewer: order.firstReviewer,
    })
    .execute();
}

export async function findWithdrawal(where: Queryable, id: string): Promise<WithdrawalOrder | undefined> {
  const row = await orders(where).where('id', '=', id).executeTakeFirst();
  return row && orderOf(row);
}

/** Under the locks of the accounts, which come first. */
export async function lockWithdrawal(tx: Tx, id: string): Promise<WithdrawalOrder> {
  return orderOf(await orders(tx).where('id', '=', id).forUpdate().executeTakeFirstOrThrow());
}

export async function changeWithdrawal(
  tx: Tx,
  id: string,
  change: { state: WithdrawalState; reviewer: string | null; reason: string | null; now: Date },
): Promise<void> {
  await tables<WithdrawalTables>(tx)
    .updateTable('withdrawal_orders')
    .set(({ fn, val }) => ({
      state: change.state,
      changed_at: change.now,
      reason: change.reason,
      first_reviewer: fn.coalesce('first_reviewer', val(change.reviewer)),
    }))
    .where('id', '=', id)
    .execute();
}

/** The newest first. */
export async function listWithdrawals(
  where: Queryable,
  filter: { userId?: string | undefined; state?: WithdrawalState | undefined },
  page: { limit: number; beforeId: string | undefined },
): Promise<WithdrawalOrder[]> {
  let query = orders(where).orderBy('id', 'desc').limit(page.limit);
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (page.beforeId !== undefined) query = query.where('id', '<', page.beforeId);
  return (await query.execute()).map(orderOf);
}

/** Accounts that are not under `currentKeyId`, by id, locked until the transaction ends. */
export async function lockStaleAccounts(
  tx: Tx,
  { after, limit, currentKeyId }: { after: string | undefined; limit: number; currentKeyId: string },
): Promise<WithdrawalOrder[]> {
  let query = orders(tx)
    .where('account', 'is not', null)
    .where('sealed_with', 'is distinct from', currentKeyId);
  if (after !== undefined) query = query.where('id', '>', after);
  return (await query.orderBy('id').limit(limit).forUpdate().execute()).map(orderOf);
}

export async function replaceAccount(tx: Tx, id: string, { keyId, bytes }: SealedSecret): Promise<void> {
  await tables<WithdrawalTables>(tx)
    .updateTable('withdrawal_orders')
    .set({ account: bytes, sealed_with: keyId })
    .where('id', '=', id)
    .execute();
}

export async function countByKey(where: Queryable): Promise<KeyUse[]> {
  return tables<WithdrawalTables>(where)
    .selectFrom('withdrawal_orders')
    .select((query) => ['sealed_with as keyId', query.fn.countAll<number>().as('secrets')])
    .where('account', 'is not', null)
    .groupBy('sealed_with')
    .execute();
}

/** Whether a withdrawal of the user is under way. */
export async function hasOpenWithdrawal(where: Queryable, userId: string): Promise<boolean> {
  const row = await tables<WithdrawalTables>(where)
    .selectFrom('withdrawal_orders')
    .select('id')
    .where('user_id', '=', userId)
    .where('state', 'in', ['pending', 'approved-once', 'approved'])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What the orders say of the person; the orders themselves stay. */
export async function eraseAccounts(tx: Tx, userId: string): Promise<void> {
  await tables<WithdrawalTables>(tx)
    .updateTable('withdrawal_orders')
    .set({ account: null, sealed_with: null, account_hint: '' })
    .where('user_id', '=', userId)
    .execute();
}

function orders(where: Queryable) {
  return tables<WithdrawalTables>(where).selectFrom('withdrawal_orders').selectAll();
}

function orderOf(row: OrderRow): WithdrawalOrder {
  return {
    id: row.id,
    userId: row.user_id,
    amount: row.amount,
    fee: row.fee,
    state: row.state,
    holdId: row.hold_id,
    accountType: row.account_type,
    accountHint: row.account_hint,
    account: row.account && { keyId: row.sealed_with, bytes: row.account },
    requestedAt: row.requested_at,
    payableAt: row.payable_at,
    changedAt: row.changed_at,
    firstReviewer: row.first_reviewer,
    reason: row.reason,
  };
}
