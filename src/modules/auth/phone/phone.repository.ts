import type { ColumnType } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';

interface PhoneTables {
  user_phones: { phone: string; user_id: string; bound_at: ColumnType<Date, Date, Date> };
}

export async function findUserOfPhone(where: Queryable, phone: string): Promise<string | undefined> {
  const row = await tables<PhoneTables>(where)
    .selectFrom('user_phones')
    .select('user_id as userId')
    .where('phone', '=', phone)
    .executeTakeFirst();
  return row?.userId;
}

export interface PhoneBinding {
  readonly phone: string;
  readonly boundAt: Date;
}

export async function findBinding(where: Queryable, userId: string): Promise<PhoneBinding | undefined> {
  return tables<PhoneTables>(where)
    .selectFrom('user_phones')
    .select(['phone', 'bound_at as boundAt'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
}

/** False: the phone belongs to somebody, or the user has one. Of many at once exactly one answers true. */
export async function insertPhone(tx: Tx, phone: string, userId: string, at: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<PhoneTables>(tx)
    .insertInto('user_phones')
    .values({ phone, user_id: userId, bound_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function deletePhoneOfUser(tx: Tx, userId: string): Promise<void> {
  await tables<PhoneTables>(tx).deleteFrom('user_phones').where('user_id', '=', userId).execute();
}
