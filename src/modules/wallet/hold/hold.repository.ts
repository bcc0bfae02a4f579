import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { Split } from '../ledger/split.domain.js';
import type { HoldState } from '../wallet.port.js';

export interface Hold {
  readonly id: string;
  readonly userId: string;
  readonly reference: string;
  readonly state: HoldState;
  /** What was set aside, by the purse it came from. */
  readonly split: Split;
  readonly endsAt: Date | null;
}

interface HoldTables {
  wallet_holds: {
    id: string;
    user_id: string;
    reference: string;
    state: HoldState;
    promo: number;
    paid: number;
    earnings: number;
    opened_at: Date;
    ends_at: Date | null;
    ended_at: Date | null;
  };
}

export async function insertHold(tx: Tx, hold: Hold, now: Date): Promise<void> {
  await tables<HoldTables>(tx)
    .insertInto('wallet_holds')
    .values({
      ...{ id: hold.id, reference: hold.reference, state: hold.state, ...hold.split },
      user_id: hold.userId,
      opened_at: now,
      ends_at: hold.endsAt,
      ended_at: null,
    })
    .execute();
}

export async function findHold(
  where: Queryable,
  key: { id: string } | { reference: string },
): Promise<Hold | undefined> {
  const query = tables<HoldTables>(where).selectFrom('wallet_holds').selectAll();
  const row = await ('id' in key
    ? query.where('id', '=', key.id)
    : query.where('reference', '=', key.reference)
  ).executeTakeFirst();
  if (!row) return undefined;
  const { id, user_id: userId, reference, state, promo, paid, earnings, ends_at: endsAt } = row;
  return { id, userId, reference, state, split: { promo, paid, earnings }, endsAt };
}

/** Ends an open hold; false when somebody has ended it before. */
export async function endHold(tx: Tx, id: string, state: HoldState, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tables<HoldTables>(tx)
    .updateTable('wallet_holds')
    .set({ state, ended_at: now })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Open holds past their end, the oldest first. */
export async function findOverdueHolds(where: Queryable, now: Date, limit: number): Promise<string[]> {
  const rows = await tables<HoldTables>(where)
    .selectFrom('wallet_holds')
    .select('id')
    .where('state', '=', 'open')
    .where('ends_at', '<=', now)
    .orderBy('ends_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
