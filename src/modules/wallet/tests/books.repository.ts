import { sql } from 'kysely';
import { type Queryable, tables } from '../../../platform/database/index.js';

export interface Contradiction {
  readonly what: string;
  readonly id: string;
}

/** Every contradiction of the books, as the reconciliation finds them but for its own means. */
export async function findContradictions(where: Queryable): Promise<Contradiction[]> {
  const { rows } = await sql<Contradiction>`
    with sums as (
      select a.id, a.kind, a.balance, (case a.kind when 'debt' then -1 else 1 end * coalesce(sum(p.amount), 0)) as total
      from ledger_accounts a left join ledger_postings p on p.account_id = a.id group by a.id
    ), held as (
      select user_id, sum(promo + paid + earnings) as coins from wallet_holds where state = 'open' group by user_id
    )
    select 'balance' as what, id::text from sums where balance <> total
    union all select 'transaction', transaction_id::text from ledger_postings
      group by transaction_id having sum(amount) <> 0
    union all select 'frozen', coalesce(a.user_id, h.user_id)::text
      from (select user_id, balance from ledger_accounts where kind = 'frozen') a
      full join held h on h.user_id = a.user_id where coalesce(h.coins, 0) <> coalesce(a.balance, 0)
  `.execute(tables(where));
  return rows;
}

/** Coins of all accounts of a kind together. */
export async function totalOf(where: Queryable, kind: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select coalesce(sum(balance), 0)::bigint as total from ledger_accounts where kind = ${kind}
  `.execute(tables(where));
  return rows[0]?.total ?? 0;
}

export async function countTransactions(where: Queryable, type: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ledger_transactions where type = ${type}
  `.execute(tables(where));
  return rows[0]?.count ?? 0;
}

/** One statement as somebody with the database's password would send it. */
export async function forge(where: Queryable, statement: string): Promise<void> {
  await sql.raw(statement).execute(tables(where));
}

export async function newestTransaction(where: Queryable): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`select id from ledger_transactions order by id desc limit 1`.execute(tables(where));
  return rows[0]?.id ?? '';
}

export async function setLocked(where: Queryable, userId: string, locked: boolean): Promise<void> {
  await sql`update ledger_accounts set locked = ${locked} where user_id = ${userId}`.execute(tables(where));
}

/** As the accounts of auth answer, for somebody who writes; undefined for nobody. */
export async function accountOf(where: Queryable, userId: string) {
  const { rows } = await sql`select id, status from users where id = ${userId}`.execute(tables(where));
  return rows[0] && { ...rows[0], roles: ['author', 'reader'], authorTier: 'novice' };
}

/** Withdrawals as the database holds them. */
export async function accountRows(where: Queryable): Promise<unknown[]> {
  const { rows } =
    await sql`select t::text as row, encode(account, 'escape') as account from withdrawal_orders t`.execute(
      tables(where),
    );
  return rows;
}

/** A statement as the owner of the tables can send it. */
export async function withoutTriggers(where: Queryable, table: string, statement: string): Promise<void> {
  await forge(where, `alter table ${table} disable trigger user`);
  await forge(where, statement);
  await forge(where, `alter table ${table} enable trigger user`);
}
