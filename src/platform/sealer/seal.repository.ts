import { type RawBuilder, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../database/index.js';
import { rowHash } from './canonical-form.repository.js';
import type { Seal } from './seal.js';
import type { SealTables } from './seal.tables.js';
import type { SealedTable, SealPosition } from './sealed-table.js';

/** How far a chain has come. */
export interface Chain {
  /** Of the rows that are written now. */
  readonly epoch: number;
  readonly number: number;
  readonly hash: Buffer;
  readonly position: SealPosition;
}

/** What one look finds of the rows after the head. */
export interface Outlook {
  /** When the oldest unsealed row was written; null when everything is sealed. */
  readonly unsealedSince: Date | null;
  readonly sealable: boolean;
  /** A row claims a transaction that this server has not begun: the rows came from another one. */
  readonly fromAnotherServer: boolean;
}

const chainColumns = ['epoch', 'head_number', 'head_hash', 'head_epoch', 'head_xid', 'head_id'] as const;

/** For the statement that inserts a row: a missing chain makes it fail, since no row is without an epoch. */
export function epochOf(chain: string): RawBuilder<number> {
  return sql`(select seal_chains.epoch from seal_chains where seal_chains.name = ${chain})`;
}

/** One indexed query without a transaction. Raises an error when the chain does not exist. */
export async function lookAhead(
  where: Queryable,
  { chain, table, momentColumn }: SealedTable,
): Promise<Outlook> {
  const { rows } = await sql<Outlook>`
    select next.written_at as "unsealedSince",
      coalesce(next.epoch < c.epoch or (next.epoch = c.epoch
        and next.xid < pg_snapshot_xmin(pg_current_snapshot())), false) as sealable,
      coalesce((select newest.xid from ${sql.table(table)} newest where newest.epoch = c.epoch
        order by newest.xid desc limit 1) >= pg_snapshot_xmax(pg_current_snapshot()), false) as "fromAnotherServer"
    from seal_chains c left join lateral (
      select t.epoch, t.xid, t.${sql.ref(momentColumn)} as written_at from ${sql.table(table)} t
      where (t.epoch, t.xid, t.id) > (c.head_epoch, c.head_xid, c.head_id)
      order by t.epoch, t.xid, t.id limit 1
    ) next on true
    where c.name = ${chain}
  `.execute(tables(where));
  const [outlook] = rows;
  if (!outlook) throw missingChain(chain);
  return outlook;
}

export async function findChain(where: Queryable, chain: string): Promise<Chain> {
  const row = await tables<SealTables>(where)
    .selectFrom('seal_chains')
    .select(chainColumns)
    .where('name', '=', chain)
    .executeTakeFirst();
  if (!row) throw missingChain(chain);
  return toChain(row);
}

/** The chain for as long as the transaction lasts; undefined while another one has it. */
export async function takeChain(tx: Tx, chain: string): Promise<Chain | undefined> {
  const row = await tables<SealTables>(tx)
    .selectFrom('seal_chains')
    .select(chainColumns)
    .where('name', '=', chain)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row && toChain(row);
}

/** What the next seal would cover. */
export type SealablePage = Pick<Seal, 'rowCount' | 'leaves' | 'position'>;

/**
 * The next rows in order whose transactions, and all older ones, are over: nothing can come before them any more.
 * Undefined when there are none.
 */
export async function readSealable(
  tx: Tx,
  table: SealedTable,
  { chain, rowsMax }: { readonly chain: Chain; readonly rowsMax: number },
): Promise<SealablePage | undefined> {
  const { rows } = await sql<SealPosition & { rowCount: number; leaves: Buffer }>`
    with page as (
      select t.epoch, t.xid, t.id, ${rowHash(table, table.forms.length, 't')} as hash
      from ${sql.table(table.table)} t where ${after('t', chain.position)}
      order by t.epoch, t.xid, t.id limit ${rowsMax}
    ), ready as (
      select * from page where epoch < ${chain.epoch}
        or (epoch = ${chain.epoch} and xid < pg_snapshot_xmin(pg_current_snapshot()))
    )
    select last.epoch, last.xid::text as xid, last.id, whole."rowCount", whole.leaves
    from (select count(*) as "rowCount", ${leavesOf('ready')} as leaves from ready) whole,
      (select epoch, xid, id from ready order by epoch desc, xid desc, id desc limit 1) last
  `.execute(tables(tx));
  const [page] = rows;
  if (!page) return undefined;
  const { epoch, xid, id, rowCount, leaves } = page;
  return { rowCount, leaves, position: { epoch, xid, id } };
}

/** Adds a seal and makes it the head of its chain, which the transaction has taken. */
export async function appendSeal(tx: Tx, seal: Seal): Promise<void> {
  const { chain, number, form, position, rowCount, leaves, previousHash, hash, sealedAt } = seal;
  const db = tables<SealTables>(tx);
  await db
    .insertInto('seals')
    .values({
      ...{ chain, number, form, ...position, leaves, hash },
      row_count: rowCount,
      previous_hash: previousHash,
      sealed_at: sealedAt,
    })
    .execute();
  await db
    .updateTable('seal_chains')
    .set({
      head_number: number,
      head_hash: hash,
      head_epoch: position.epoch,
      head_xid: position.xid,
      head_id: position.id,
    })
    .where('name', '=', chain)
    .execute();
}

/**
 * Waits for every transaction that has written a sealed row, and holds up those that want to: without this, one
 * that has read its epoch could be overtaken by rows of the next.
 */
export async function lockEpochs(tx: Tx): Promise<void> {
  await sql`lock table seal_chains in access exclusive mode`.execute(tables(tx));
}

/**
 * Begins a new epoch, because the data came from another server (a restore), whose transaction ids mean nothing
 * here: what is there stays as it was sealed, what is written next comes after it. Answers the new epoch.
 */
export async function raiseEpoch(tx: Tx, chain: string): Promise<number> {
  await lockEpochs(tx);
  const raised = await tables<SealTables>(tx)
    .updateTable('seal_chains')
    .set(({ eb }) => ({ epoch: eb('epoch', '+', 1) }))
    .where('name', '=', chain)
    .returning('epoch')
    .executeTakeFirst();
  if (!raised) throw missingChain(chain);
  return raised.epoch;
}

/** Rows of `from` after a position. */
export function after(from: string, { epoch, xid, id }: SealPosition): RawBuilder<boolean> {
  const column = (name: string) => sql.ref(`${from}.${name}`);
  return sql`(${column('epoch')}, ${column('xid')}, ${column('id')}) > (${epoch}, ${xid}::xid8, ${id}::uuid)`;
}

/** The ids and hashes of the rows of `from`, in order. */
export function leavesOf(from: string): RawBuilder<Buffer> {
  const column = (name: string) => sql.ref(`${from}.${name}`);
  return sql`coalesce(string_agg(uuid_send(${column('id')}) || ${column('hash')}, ''::bytea
    order by ${column('epoch')}, ${column('xid')}, ${column('id')}), ''::bytea)`;
}

interface ChainRow {
  epoch: number;
  head_number: number;
  head_hash: Buffer;
  head_epoch: number;
  head_xid: string;
  head_id: string;
}

function toChain(row: ChainRow): Chain {
  return {
    epoch: row.epoch,
    number: row.head_number,
    hash: row.head_hash,
    position: { epoch: row.head_epoch, xid: row.head_xid, id: row.head_id },
  };
}

function missingChain(chain: string): Error {
  return new Error(
    `There is no chain of seals "${chain}": the row of seal_chains that its migration made is gone.`,
  );
}
