import { sql } from 'kysely';
import { type Tx, tables } from '../../../platform/database/index.js';

/** Coins that the user has sent since a moment. */
export async function sentSince(tx: Tx, userId: string, since: Date): Promise<number> {
  const { rows } = await sql<{ sent: number }>`
    select coalesce(-sum(p.amount), 0)::bigint as sent
    from ledger_accounts a
      join ledger_postings p on p.account_id = a.id and p.at >= ${since} and p.amount < 0
      join ledger_transactions t on t.id = p.transaction_id and t.type = 'transfer'
    where a.user_id = ${userId} and a.kind = 'paid'
  `.execute(tables(tx));
  return rows[0]?.sent ?? 0;
}
