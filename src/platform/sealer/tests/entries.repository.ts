import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Database, type Migration, type Queryable, type Tx, tables } from '../../database/index.js';
import { canonicalHash, epochOf, sealable, sealerMigrations } from '../index.js';
import type { SealedTable } from '../sealed-table.js';

/** A sealed table with a column of every type. */
export const entriesTable = {
  chain: 'entries',
  table: 'entries',
  momentColumn: 'written_at',
  forms: [
    [
      { name: 'written_at', type: 'moment' },
      { name: 'author', type: 'text' },
      { name: 'owner', type: 'uuid' },
      { name: 'amount', type: 'integer' },
      { name: 'mark', type: 'bytes' },
      { name: 'fact', type: 'json' },
      { name: 'remark_hash', type: 'bytes' },
    ],
  ],
  details: {
    table: 'entry_remarks',
    idColumn: 'entry_id',
    columns: [
      { name: 'salt', type: 'bytes' },
      { name: 'remark', type: 'text' },
    ],
    hashColumn: 'remark_hash',
  },
} as const satisfies SealedTable;

export const entriesMigrations: readonly Migration[] = [
  ...sealerMigrations,
  {
    id: '9000-entries',
    up: `
      create table entries (
        id uuid primary key,
        written_at timestamptz not null,
        author text,
        owner uuid,
        amount bigint,
        mark bytea,
        fact jsonb,
        remark_hash bytea
      );
      ${sealable({ table: 'entries', chain: 'entries' })}
      create table entry_remarks (entry_id uuid primary key, salt bytea not null, remark text);
    `,
  },
];

export interface Entry {
  readonly id?: string;
  readonly writtenAt: Date;
  readonly author?: string | null;
  readonly owner?: string | null;
  readonly amount?: number | null;
  readonly mark?: Buffer | null;
  readonly fact?: unknown;
  readonly remark?: string;
}

export async function insertEntry(where: Queryable, entry: Entry): Promise<string> {
  const { id = randomUUID(), writtenAt, author, owner, amount, mark, fact, remark } = entry;
  const hash = canonicalHash(entriesTable.details.columns, 'entry_remarks');
  const kept =
    remark === undefined
      ? sql`with kept as (select null::bytea as hash)`
      : sql`with kept as (insert into entry_remarks values (${id}, ${randomBytes(16)}, ${remark}) returning ${hash} as hash)`;
  await sql`${kept}
    insert into entries (id, epoch, written_at, author, owner, amount, mark, fact, remark_hash)
    values (${id}, ${epochOf('entries')}, ${writtenAt}, ${author ?? null}, ${owner ?? null}, ${amount ?? null},
      ${mark ?? null}, ${fact === undefined ? null : JSON.stringify(fact)}, (select hash from kept))
  `.execute(tables(where));
  return id;
}

/** `count` rows in one statement. */
export async function insertManyEntries(where: Queryable, writtenAt: Date, count: number): Promise<void> {
  await sql`
    insert into entries (id, epoch, written_at, author)
    select gen_random_uuid(), ${epochOf('entries')}, ${writtenAt}, 'author ' || n from generate_series(1, ${count}) n
  `.execute(tables(where));
}

export async function entryHash(where: Queryable, id: string): Promise<string> {
  const { rows } = await sql<{ hash: Buffer }>`
    select ${canonicalHash(entriesTable.forms[0], 'entries')} as hash from entries where id = ${id}
  `.execute(tables(where));
  return rows[0]?.hash.toString('hex') ?? 'no row';
}

/** Runs each statement in the settings of a session that shows dates, floats and bytes in its own way. */
export async function entryHashUnderOddSettings(db: Database, id: string): Promise<string> {
  return db.withTransaction({ name: 'odd-settings' }, async (tx) => {
    const settings = ['timezone to "Asia/Kathmandu"', 'datestyle to "German"', 'bytea_output to "escape"'];
    for (const setting of settings) await sql.raw(`set local ${setting}`).execute(tables(tx));
    return entryHash(tx, id);
  });
}

/** Whether no transaction that runs on the server, in whichever database, is older than an entry. */
export async function areAllSealable(where: Queryable): Promise<boolean> {
  const { rows } = await sql<{ sealable: boolean }>`
    select not exists (select from entries where xid >= pg_snapshot_xmin(pg_current_snapshot())) as sealable
  `.execute(tables(where));
  return rows[0]?.sealable === true;
}

/** Ids in the order of their seals. */
export async function sealedIds(where: Queryable): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select encode(substring(leaves from 1 + 48 * (n - 1) for 16), 'hex')::uuid as id
    from seals, generate_series(1, row_count) n order by number, n
  `.execute(tables(where));
  return rows.map(({ id }) => id);
}

export async function entryIdsInOrder(where: Queryable): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from entries order by epoch, xid, id`.execute(
    tables(where),
  );
  return rows.map(({ id }) => id);
}

export async function countSeals(where: Queryable): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from seals`.execute(tables(where));
  return rows[0]?.count ?? 0;
}

export async function epochNow(where: Queryable): Promise<number> {
  const { rows } = await sql<{ epoch: number }>`select ${epochOf('entries')} as epoch`.execute(tables(where));
  return rows[0]?.epoch ?? 0;
}

export async function epochOfEntry(where: Queryable, id: string): Promise<number> {
  const { rows } = await sql<{ epoch: number }>`select epoch from entries where id = ${id}`.execute(
    tables(where),
  );
  return rows[0]?.epoch ?? 0;
}

export async function runStatement(where: Queryable, statement: string): Promise<void> {
  await sql.raw(statement).execute(tables(where));
}

const guarded = ['entries', 'seals', 'seal_chains'];

/** What somebody can do who owns the database: the triggers are off meanwhile. */
export async function tamper(db: Database, ...statements: readonly string[]): Promise<void> {
  await db.withTransaction({ name: 'tamper' }, (tx) =>
    withoutGuards(tx, async () => {
      for (const statement of statements) await runStatement(tx, statement);
    }),
  );
}

async function withoutGuards(tx: Tx, work: () => Promise<void>): Promise<void> {
  for (const table of guarded) await runStatement(tx, `alter table ${table} disable trigger user`);
  await work();
  for (const table of guarded) await runStatement(tx, `alter table ${table} enable trigger user`);
}

/** A backup of `from`, restored into `to`: row by row as they are, with the other server's transaction ids. */
export async function copyEverything(from: Database, to: Database): Promise<void> {
  const names = ['entries', 'entry_remarks', 'seals', 'seal_chains'];
  const dumps = new Map<string, string>();
  for (const name of names) {
    const { rows } = await sql<{ dump: string }>`
      select coalesce(json_agg(t), '[]')::text as dump from ${sql.table(name)} t`.execute(tables(from));
    dumps.set(name, rows[0]?.dump ?? '[]');
  }
  await to.withTransaction({ name: 'restore' }, (tx) =>
    withoutGuards(tx, async () => {
      for (const [name, dump] of dumps) {
        await sql`delete from ${sql.table(name)}`.execute(tables(tx));
        await sql`insert into ${sql.table(name)}
          select * from json_populate_recordset(null::${sql.table(name)}, ${dump}::json)`.execute(tables(tx));
      }
    }),
  );
}
