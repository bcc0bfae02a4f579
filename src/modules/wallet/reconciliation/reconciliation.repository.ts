import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { Mismatch, Report } from './mismatch.js';

const listedMax = 100;

/** Looks at every coin: all of it at one moment when `tx` is a snapshot. */
export async function findMismatches(tx: Tx): Promise<Omit<Report, 'checkedAt'>> {
  const { rows } = await sql<Mismatch & { total: number }>`
    with sums as (
      select account_id, sum(amount) as total from ledger_postings group by account_id
    ), found as (
      select 'transaction-unbalanced' as kind, transaction_id::text as id, 0 as expected, sum(amount) as found
        from ledger_postings group by transaction_id having sum(amount) <> 0
      union all
      select 'posting-without-transaction', p.transaction_id::text, 0, sum(abs(p.amount))
        from ledger_postings p where not exists (select from ledger_transactions t where t.id = p.transaction_id)
        group by p.transaction_id
      union all
      select 'balance-differs', a.id::text, case a.kind when 'debt' then -1 else 1 end * coalesce(s.total, 0), a.balance
        from ledger_accounts a left join sums s on s.account_id = a.id
        where a.balance <> case a.kind when 'debt' then -1 else 1 end * coalesce(s.total, 0)
      union all
      select 'frozen-differs', a.user_id::text, coalesce(h.coins, 0), a.balance
        from ledger_accounts a left join (
          select user_id, sum(promo + paid + earnings) as coins from wallet_holds where state = 'open' group by user_id
        ) h on h.user_id = a.user_id
        where a.kind = 'frozen' and a.balance <> coalesce(h.coins, 0)
      union all
      select 'hold-without-order', h.id::text, 0, h.promo + h.paid + h.earnings from wallet_holds h
        where h.state = 'open' and h.reference like 'withdrawal:%' and not exists (
          select from withdrawal_orders o
          where o.hold_id = h.id and o.state in ('pending', 'approved-once', 'approved'))
      union all
      select 'order-without-hold', o.id::text, o.amount, 0 from withdrawal_orders o
        where o.state in ('pending', 'approved-once', 'approved')
          and not exists (select from wallet_holds h where h.id = o.hold_id and h.state = 'open')
      union all
      select 'recharge-differs', o.id::text, o.coins, coalesce(p.coins, 0) from recharge_orders o
        left join lateral (
          select sum(p.amount) as coins from ledger_postings p join ledger_accounts a on a.id = p.account_id
          where p.transaction_id = o.transaction_id and a.kind = 'paid' and a.user_id = o.user_id
        ) p on true
        where o.state = 'paid' and o.coins is distinct from p.coins
      union all
      select 'payment-uncredited', n.provider || ' ' || n.payment_id, 0, n.amount_fen from payment_notices n
        where n.outcome <> 'credited'
    )
    select kind, id, expected::bigint as expected, found::bigint as found, count(*) over () as total
    from found order by kind, id limit ${listedMax}
  `.execute(tables(tx));
  const mismatches = rows.map(({ kind, id, expected, found }) => ({ kind, id, expected, found }));
  return { total: rows[0]?.total ?? 0, mismatches };
}

interface ReconciliationTables {
  reconciliations: { id: string; checked_at: Date; total: number; mismatches: unknown };
}

export async function insertReport(where: Queryable, id: string, report: Report): Promise<void> {
  await tables<ReconciliationTables>(where)
    .insertInto('reconciliations')
    .values({
      id,
      checked_at: report.checkedAt,
      total: report.total,
      mismatches: JSON.stringify(report.mismatches),
    })
    .execute();
}

export async function findNewestReport(where: Queryable): Promise<Report | undefined> {
  const row = await tables<ReconciliationTables>(where)
    .selectFrom('reconciliations')
    .select(['checked_at', 'total', 'mismatches'])
    .orderBy('checked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  return { checkedAt: row.checked_at, total: row.total, mismatches: row.mismatches as Mismatch[] };
}
