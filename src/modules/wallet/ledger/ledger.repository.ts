import { CompiledQuery, type RawBuilder, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import {
  type Account,
  type AccountKey,
  type AccountKind,
  lockOrder,
  type NamedAccount,
  purseKinds,
} from './account.domain.js';
import { type LedgerTables, sealedPostings, sealedTransactions } from './ledger.tables.js';

export interface NewTransaction {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly reference: string;
  readonly userId: string;
  readonly originalId: string | null;
}

export interface Posting {
  readonly accountId: number;
  readonly amount: number;
}

/** A transaction as it was written. */
export interface WrittenTransaction extends NewTransaction {
  readonly postings: readonly WrittenPosting[];
}

export interface WrittenPosting {
  readonly kind: AccountKind;
  readonly userId: string | null;
  readonly amount: number;
}

/** The user's five purses; those that are there already stay. */
export async function insertPurses(tx: Tx, userId: string): Promise<void> {
  await tables<LedgerTables>(tx)
    .insertInto('ledger_accounts')
    .values(purseKinds.map((kind) => ({ user_id: userId, kind, shard: null, balance: 0, locked: false })))
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'kind']).where('user_id', 'is not', null).doNothing(),
    )
    .execute();
}

/**
 * Locks accounts in the one order of all, and reads them as the last commit left them; `named` ones are looked up and
 * stay free. This statement and the next are on every path of money, so their texts are put together by hand: the
 * builder would take as long as the database. Each account is looked up by itself, since one condition for all makes the
 * database read a whole index until it has statistics of the accounts.
 */
export async function lockAccounts(
  tx: Tx,
  keys: readonly AccountKey[],
  named: readonly AccountKey[] = [],
): Promise<{ locked: Account[]; named: NamedAccount[] }> {
  const values: unknown[] = [lockOrder];
  const place = (value: unknown) => `$${values.push(value)}`;
  const idOf = (key: AccountKey) =>
    'userId' in key
      ? `(select id from ledger_accounts where user_id = ${place(key.userId)} and kind = ${place(key.kind)})`
      : `(select id from ledger_accounts where shard = ${place(key.shard)} and kind = ${place(key.kind)})`;
  const isOneOf = (accounts: readonly AccountKey[]) => `id = any(array[${accounts.map(idOf).join(', ')}])`;
  const lock = `
    select id, kind, user_id as "userId", shard, balance, locked from ledger_accounts where ${isOneOf(keys)}
    order by array_position($1::text[], kind), id
    for update`;
  const text =
    named.length === 0
      ? lock
      : `with accounts as (${lock}) select * from accounts union all
          select id, kind, user_id, shard, null, null from ledger_accounts where ${isOneOf(named)}`;
  const { rows } = await ledger(tx).executeQuery<Account | (NamedAccount & { balance: null })>(
    CompiledQuery.raw(text, values),
  );
  return {
    locked: rows.filter((row): row is Account => row.balance !== null),
    named: rows.filter(({ balance }) => balance === null),
  };
}

/** Coins for an author, of which what they owe is repaid first. */
export interface SharePosting {
  readonly debtId: number;
  readonly earningsId: number;
  readonly coins: number;
}

const epoch = (chain: string) => `(select epoch from seal_chains where name = '${chain}')`;
const gain = (of: string) => `a.balance + case a.kind when 'debt' then -${of}.amount else ${of}.amount end`;

/**
 * What an author owes is read under its lock, and their rows are the last that are locked: the most popular author's are
 * the hottest of all. The count makes the database write to all other accounts before.
 */
const shareText = `, owed as (
    select balance as debt from ledger_accounts where id = $7 and (select count(*) from moved) > 0 for update
  ), share as (
    select entry.id, entry.at, account_id, amount from entry, owed,
      lateral (values ($7, least($9, debt)), ($8, $9 - least($9, debt))) as s(account_id, amount)
    where amount > 0
  ), shared as (
    update ledger_accounts a set balance = ${gain('s')} from share s where a.id = s.account_id
  )`;

/**
 * The postings are a list of their own parameters, never an array: how many rows an array brings is not known to a plan
 * for all values, so that the database would plan the statement each time.
 */
function insertTransactionText(postingCount: number, isShared: boolean): string {
  const first = isShared ? 10 : 7;
  const rows = Array.from({ length: postingCount }, (_, index) => {
    const account = first + 2 * index;
    return `($${account}::bigint, $${account + 1}::bigint)`;
  });
  return `
  with entry as (
    insert into ledger_transactions (id, at, type, reference, user_id, original_id, epoch)
    values ($1, $2, $3, $4, $5, $6, ${epoch(sealedTransactions.chain)})
    on conflict (reference) do nothing returning id, at
  ), posting as (
    select entry.id, entry.at, account_id, amount from entry, (values ${rows.join(', ')}) as p(account_id, amount)
  ), moved as (
    update ledger_accounts a set balance = ${gain('p')} from posting p where a.id = p.account_id returning a.id
  )${isShared ? shareText : ''}, noted as (
    insert into ledger_postings (transaction_id, account_id, amount, at, epoch)
    select id, account_id, amount, at, ${epoch(sealedPostings.chain)}
    from ${isShared ? '(select * from posting union all select * from share) written' : 'posting'}
  )
  select id from entry`;
}

/** By the number of postings, of which a transaction has few. */
const insertTransactionTexts = { plain: [] as string[], shared: [] as string[] };

/**
 * Writes a transaction, its postings and the new balances in one statement. False when its reference is taken: then
 * nothing is written. What loses coins is locked already. Raises a check violation rather than bring one below zero.
 */
export async function insertTransaction(
  where: Queryable,
  { id, at, type, reference, userId, originalId }: NewTransaction,
  postings: readonly Posting[],
  share?: SharePosting,
): Promise<boolean> {
  const texts = share ? insertTransactionTexts.shared : insertTransactionTexts.plain;
  const count = postings.length;
  texts[count] ??= insertTransactionText(count, share !== undefined);
  const values: unknown[] = [id, at, type, reference, userId, originalId];
  if (share) values.push(share.debtId, share.earningsId, share.coins);
  for (const { accountId, amount } of postings) values.push(accountId, amount);
  const { rows } = await ledger(where).executeQuery(CompiledQuery.raw(texts[count], values));
  return rows.length === 1;
}

export function findByReference(where: Queryable, reference: string) {
  return findOne(where, sql`t.reference = ${reference}`);
}

export function findById(where: Queryable, id: string) {
  return findOne(where, sql`t.id = ${id}`);
}

/** The refunds of a transaction, the oldest first. */
export function findByOriginal(where: Queryable, originalId: string) {
  return findTransactions(where, sql`t.original_id = ${originalId}`);
}

async function findOne(
  where: Queryable,
  condition: RawBuilder<boolean>,
): Promise<WrittenTransaction | undefined> {
  return (await findTransactions(where, condition))[0];
}

async function findTransactions(
  where: Queryable,
  condition: RawBuilder<unknown>,
): Promise<WrittenTransaction[]> {
  const { rows } = await sql<WrittenTransaction>`
    select t.id, t.at, t.type, t.reference, t.user_id as "userId", t.original_id as "originalId",
      (select json_agg(json_build_object('kind', a.kind, 'userId', a.user_id, 'amount', p.amount) order by p.account_id)
        from ledger_postings p join ledger_accounts a on a.id = p.account_id where p.transaction_id = t.id) as postings
    from ledger_transactions t where ${condition} order by t.id
  `.execute(ledger(where));
  return rows;
}

/** Whether the hottest table answers. */
export async function probe(where: Queryable): Promise<void> {
  await sql`select 1 from ledger_accounts limit 1`.execute(ledger(where));
}

function ledger(where: Queryable) {
  return tables<LedgerTables>(where);
}
