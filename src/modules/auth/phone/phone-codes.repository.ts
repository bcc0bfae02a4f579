import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { CodePurpose } from './session-code.js';

interface PhoneCodeTables {
  phone_codes: {
    phone_key: Buffer;
    purpose: string;
    code_mac: Buffer;
    wrong_tries: number;
    expires_at: Date;
  };
  phone_code_allowances: { key: Buffer; sent_at: Date[]; expires_at: Date };
}

const codes = (where: Queryable) => tables<PhoneCodeTables>(where);

/** What was sent for each key so far, in the order of `keys`; locked until the transaction ends. */
export async function lockAllowances(tx: Tx, keys: readonly Buffer[], now: Date): Promise<Date[][]> {
  const sorted = [...keys].sort(Buffer.compare);
  await codes(tx)
    .insertInto('phone_code_allowances')
    .values(sorted.map((key) => ({ key, sent_at: [], expires_at: now })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const rows = await codes(tx)
    .selectFrom('phone_code_allowances')
    .select(['key', 'sent_at'])
    .where('key', 'in', sorted)
    .orderBy('key')
    .forUpdate()
    .execute();
  return keys.map((key) => rows.find((row) => row.key.equals(key))?.sent_at ?? []);
}

export async function writeAllowance(
  tx: Tx,
  key: Buffer,
  { sentAt, expiresAt }: { readonly sentAt: readonly Date[]; readonly expiresAt: Date },
): Promise<void> {
  await codes(tx)
    .updateTable('phone_code_allowances')
    .set({ sent_at: [...sentAt], expires_at: expiresAt })
    .where('key', '=', key)
    .execute();
}

export interface KeptCode {
  readonly phoneKey: Buffer;
  readonly purpose: CodePurpose;
  readonly mac: Buffer;
}

/** The phone's one code, in place of any other. */
export async function replaceCode(
  tx: Tx,
  { phoneKey, purpose, mac }: KeptCode,
  expiresAt: Date,
): Promise<void> {
  const row = { purpose, code_mac: mac, wrong_tries: 0, expires_at: expiresAt };
  await codes(tx)
    .insertInto('phone_codes')
    .values({ phone_key: phoneKey, ...row })
    .onConflict((conflict) => conflict.column('phone_key').doUpdateSet(row))
    .execute();
}

/** Whether it is the phone's living code; a wrong try is counted in the same statement. */
export async function tryCode(
  where: Queryable,
  { phoneKey, purpose, mac }: KeptCode,
  { now, triesMax }: { readonly now: Date; readonly triesMax: number },
): Promise<boolean> {
  const { rows } = await sql<{ right: boolean }>`
    update phone_codes
    set wrong_tries = wrong_tries + case when code_mac = ${mac}::bytea then 0 else 1 end
    where phone_key = ${phoneKey}::bytea and purpose = ${purpose} and expires_at > ${now}
      and wrong_tries < ${triesMax}
    returning code_mac = ${mac}::bytea as right
  `.execute(codes(where));
  return rows[0]?.right === true;
}

/** Of many at once exactly one answers true. */
export async function spendCode(
  tx: Tx,
  { phoneKey, purpose, mac }: KeptCode,
  { now, triesMax }: { readonly now: Date; readonly triesMax: number },
): Promise<boolean> {
  const { numDeletedRows } = await codes(tx)
    .deleteFrom('phone_codes')
    .where('phone_key', '=', phoneKey)
    .where('purpose', '=', purpose)
    .where('code_mac', '=', mac)
    .where('expires_at', '>', now)
    .where('wrong_tries', '<', triesMax)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Removes at most `max` rows of each kind that say nothing any more; answers the larger number. */
export async function removeExpiredCodes(where: Queryable, now: Date, max: number): Promise<number> {
  const { numAffectedRows: spent } = await sql`
    delete from phone_codes where phone_key in (
      select phone_key from phone_codes where expires_at <= ${now} order by expires_at limit ${max}
      for update skip locked)
  `.execute(codes(where));
  const { numAffectedRows: allowed } = await sql`
    delete from phone_code_allowances where key in (
      select key from phone_code_allowances where expires_at <= ${now} order by expires_at limit ${max}
      for update skip locked)
  `.execute(codes(where));
  return Math.max(Number(spent ?? 0), Number(allowed ?? 0));
}
