import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Database, type Queryable, type Tx, tables } from '../database/index.js';

export interface ChangeRow {
  readonly seq: number;
  readonly origin: string;
  readonly namespace: string;
  readonly change: string;
}

export interface TailPage {
  /** Everything below it has been seen or will never come. */
  readonly position: bigint;
  readonly rows: readonly ChangeRow[];
}

export async function addChanges(
  where: Queryable,
  rows: readonly Omit<ChangeRow, 'seq'>[],
  at: Date,
): Promise<void> {
  const column = (name: 'origin' | 'namespace' | 'change') => rows.map((row) => row[name]);
  await sql`
    insert into cache_invalidations (origin, namespace, change, at)
    select origin, namespace, change, ${at}::timestamptz
    from unnest(${column('origin')}::text[], ${column('namespace')}::text[], ${column('change')}::text[])
      as row (origin, namespace, change)
  `.execute(tables(where));
}

/** What was committed by transactions at or above `from`; of none when it is undefined. At most `max`. */
export async function readChanges(
  database: Database,
  from: bigint | undefined,
  max: number,
): Promise<TailPage> {
  const { rows } = await sql<{ position: string } & { [K in keyof ChangeRow]: ChangeRow[K] | null }>`
    select snapshot.position::text as position, c.seq, c.origin, c.namespace, c.change
    from (select pg_snapshot_xmin(pg_current_snapshot()) as position) snapshot
    left join lateral (
      select seq, origin, namespace, change from cache_invalidations
      where xid >= ${from === undefined ? null : String(from)}::xid8 order by seq limit ${max}
    ) c on true
  `.execute(tables(database));
  return {
    position: BigInt((rows[0] as { position: string }).position),
    rows: rows.filter((row) => row.seq !== null) as unknown as ChangeRow[],
  };
}

/** Answers how many there were. */
export async function deleteChanges(database: Database, before: Date, max: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from cache_invalidations where seq in
      (select seq from cache_invalidations where at < ${before} order by at limit ${max})
  `.execute(tables(database));
  return Number(numAffectedRows ?? 0);
}

/** Another database, or another state of one, has another. */
export async function findOrigin(where: Queryable): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id from cache_origin`.execute(tables(where));
  if (!rows[0]) throw new Error('The row of cache_origin is missing: restore it, or insert one.');
  return rows[0].id;
}

/** For a database that has just become another: nothing that Redis holds is of it, and nobody waits for old changes. */
export async function renewOrigin(tx: Tx): Promise<void> {
  const db = tables(tx);
  await sql`insert into cache_origin (id) values (${randomUUID()})
    on conflict (is_only) do update set id = excluded.id`.execute(db);
  await sql`delete from cache_invalidations`.execute(db);
}
