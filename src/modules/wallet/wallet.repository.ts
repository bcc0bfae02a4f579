import { sql } from 'kysely';
import { type Queryable, tables } from '../../platform/database/index.js';
import type { AccountKind, PurseKind } from './ledger/account.domain.js';

export type Purses = Readonly<Record<PurseKind, number>>;

const none: Purses = { promo: 0, paid: 0, frozen: 0, debt: 0, earnings: 0 };

/** Somebody without a wallet has nothing. */
export async function readPurses(where: Queryable, userId: string): Promise<Purses> {
  const { rows } = await sql<{ kind: AccountKind; balance: number }>`
    select kind, balance from ledger_accounts where user_id = ${userId}
  `.execute(tables(where));
  return pursesOf(rows);
}

/** As the postings up to a moment, that one included, make them. */
export async function readPursesAt(where: Queryable, userId: string, at: Date): Promise<Purses> {
  const { rows } = await sql<{ kind: AccountKind; balance: number }>`
    select a.kind, (case a.kind when 'debt' then -1 else 1 end * sum(p.amount))::bigint as balance
    from ledger_accounts a join ledger_postings p on p.account_id = a.id
    where a.user_id = ${userId} and p.at <= ${at} group by a.kind
  `.execute(tables(where));
  return pursesOf(rows);
}

function pursesOf(rows: readonly { kind: AccountKind; balance: number }[]): Purses {
  return { ...none, ...Object.fromEntries(rows.map(({ kind, balance }) => [kind, balance])) };
}
