import { sql } from 'kysely';
import { type Queryable, tables } from '../database/index.js';
import { canonicalHash, rowHash } from './canonical-form.repository.js';
import type { Seal } from './seal.js';
import { after, leavesOf } from './seal.repository.js';
import type { SealTables } from './seal.tables.js';
import type { SealedTable, SealPosition } from './sealed-table.js';

interface SealRow extends SealPosition {
  number: number;
  form: number;
  rowCount: number;
  leaves: Buffer;
  previousHash: Buffer;
  hash: Buffer;
  sealedAt: Date;
}

/** Seals after a number, in order: as many as cover `rowsMax` rows, at least one. */
export async function readSeals(
  where: Queryable,
  chain: string,
  { after: number, sealsMax, rowsMax }: { after: number; sealsMax: number; rowsMax: number },
): Promise<Seal[]> {
  const { rows } = await sql<SealRow>`
    with next as (
      select s.*, sum(s.row_count) over (order by s.number) as rows_so_far from seals s
      where s.chain = ${chain} and s.number > ${number} order by s.number limit ${sealsMax}
    )
    select number, form, epoch, xid::text as xid, id, row_count as "rowCount", leaves,
      previous_hash as "previousHash", hash, sealed_at as "sealedAt"
    from next where rows_so_far <= ${rowsMax} or number = (select min(number) from next) order by number
  `.execute(tables(where));
  return rows.map(({ epoch, xid, id, ...seal }) => ({ chain, ...seal, position: { epoch, xid, id } }));
}

/** Whether the chain's row lags behind its seals, which are written together with it. */
export async function hasSealsAfterHead(where: Queryable, chain: string): Promise<boolean> {
  const later = await tables<SealTables>(where)
    .selectFrom('seal_chains')
    .innerJoin('seals', 'seals.chain', 'seal_chains.name')
    .whereRef('seals.number', '>', 'seal_chains.head_number')
    .where('seal_chains.name', '=', chain)
    .select('seals.number')
    .limit(1)
    .executeTakeFirst();
  return later !== undefined;
}

/** A stretch of rows: after one position, up to another one. */
export interface Stretch {
  readonly from: SealPosition;
  readonly to: SealPosition;
}

/** The leaves of the rows that are there now, at most `rowsMax` of them. */
export async function readLeaves(
  where: Queryable,
  table: SealedTable,
  { form, rowsMax, ...stretch }: Stretch & { form: number; rowsMax: number },
): Promise<Buffer> {
  const { rows } = await sql<{ leaves: Buffer }>`
    with page as (
      select t.epoch, t.xid, t.id, ${rowHash(table, form, 't')} as hash
      from ${sql.table(table.table)} t where ${within('t', stretch)}
      order by t.epoch, t.xid, t.id limit ${rowsMax}
    )
    select ${leavesOf('page')} as leaves from page
  `.execute(tables(where));
  return rows[0]?.leaves ?? Buffer.alloc(0);
}

export interface DetailsCheck {
  /** Ids of rows whose details are not those that they were written with, at most `idsMax`. */
  readonly changed: readonly string[];
  /** Rows whose details are gone. */
  readonly erased: number;
}

export async function checkDetails(
  where: Queryable,
  { table, details }: SealedTable,
  { idsMax, ...stretch }: Stretch & { idsMax: number },
): Promise<DetailsCheck> {
  if (!details) return { changed: [], erased: 0 };
  const hash = sql.ref(`t.${details.hashColumn}`);
  const kept = sql.ref(`d.${details.idColumn}`);
  const { rows } = await sql<{ changed: string[]; erased: number }>`
    with checked as (
      select t.id, ${hash} as hash, ${kept} is not null as kept, ${canonicalHash(details.columns, 'd')} as now
      from ${sql.table(table)} t left join ${sql.table(details.table)} d on ${kept} = t.id
      where ${within('t', stretch)}
    )
    select count(*) filter (where hash is not null and not kept) as erased,
      array(select id::text from checked where kept and now is distinct from hash limit ${idsMax}) as changed
    from checked
  `.execute(tables(where));
  return rows[0] ?? { changed: [], erased: 0 };
}

/** Rows after the head, counted up to `rowsMax`. */
export async function countAfter(
  where: Queryable,
  { table }: SealedTable,
  { position, rowsMax }: { position: SealPosition; rowsMax: number },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (
      select 1 from ${sql.table(table)} t where ${after('t', position)} limit ${rowsMax}
    ) later
  `.execute(tables(where));
  return rows[0]?.count ?? 0;
}

function within(from: string, { from: start, to }: Stretch) {
  const column = (name: string) => sql.ref(`${from}.${name}`);
  return sql<boolean>`${after(from, start)} and
    (${column('epoch')}, ${column('xid')}, ${column('id')}) <= (${to.epoch}, ${to.xid}::xid8, ${to.id}::uuid)`;
}
