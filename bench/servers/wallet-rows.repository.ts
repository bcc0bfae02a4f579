import { sql } from 'kysely';
import { type Database, tables } from '../../src/platform/database/index.js';

/** So many users with a wallet of a billion coins; answers their ids. */
export async function insertRichUsers(database: Database, count: number, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with made as (
      insert into users (id, username, username_key, password_hash, password_changed_at, nickname, locale,
        status, created_at, updated_at)
      select id, id, id, 'none', ${now}, 'bench', 'zh-CN', 'active', ${now}, ${now}
      from (select gen_random_uuid() as id from generate_series(1, ${count})) ids
      returning id
    ), purses as (
      insert into ledger_accounts (user_id, kind, balance)
      select id, kind, case kind when 'paid' then 1000000000 else 0 end
      from made, unnest(array['promo', 'paid', 'frozen', 'debt', 'earnings']) as kind
    )
    select id from made
  `.execute(tables(database));
  return rows.map(({ id }) => id);
}

/** The ids of the users' paid purses, in order. */
export async function paidAccounts(database: Database): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from ledger_accounts where kind = 'paid' order by id
  `.execute(tables(database));
  return rows.map(({ id }) => id);
}
