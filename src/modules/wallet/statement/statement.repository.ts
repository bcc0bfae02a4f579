import { sql } from 'kysely';
import { type Queryable, tables } from '../../../platform/database/index.js';
import type { StatementFilter, StatementLine } from './statement.js';

const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const beginningOfTime = new Date(0);
const endOfTime = new Date('9999-12-31T23:59:59Z');

/**
 * The newest first, after the transaction `beforeId`. Ids are in the order of time, so each purse is read by its
 * index from there on, as far as the page goes.
 */
export async function listStatement(
  where: Queryable,
  userId: string,
  { type, from, to }: StatementFilter,
  page: { limit: number; beforeId: string | undefined },
): Promise<StatementLine[]> {
  const { rows } = await sql<StatementLine>`
    with lines as (
      select line.* from ledger_accounts a cross join lateral (
        select t.id, t.at, t.type, t.reference, a.kind, case a.kind when 'debt' then -p.amount else p.amount end as amount
        from ledger_postings p join ledger_transactions t on t.id = p.transaction_id
        where p.account_id = a.id and p.transaction_id < ${page.beforeId ?? lastId}::uuid
          and (${type ?? null}::text is null or t.type = ${type ?? null})
          and t.at >= ${from ?? beginningOfTime} and t.at < ${to ?? endOfTime}
        order by p.transaction_id desc limit ${page.limit}
      ) line where a.user_id = ${userId}
    )
    select id, at, type, reference, json_object_agg(kind, amount) as changes
    from lines group by id, at, type, reference order by id desc limit ${page.limit}
  `.execute(tables(where));
  return rows;
}
