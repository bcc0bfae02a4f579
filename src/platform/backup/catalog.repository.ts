import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../database/index.js';
import { dependencyOrder } from '../kernel/index.js';
import type { SequenceState } from './format.domain.js';

export interface Column {
  readonly name: string;
  /** As a cast wants it: `character varying(30)`, `text[]`. */
  readonly type: string;
}

export interface Table {
  readonly name: string;
  /** Those that hold values of their own: not the generated ones. */
  readonly columns: readonly Column[];
}

/** These say how the database itself is kept and who works on what right now: another installation has its own. */
const bookkeeping = ['schema_migrations', 'schema_lease', 'leases'];

/**
 * Tables of the schema public that somebody may insert into, but for our bookkeeping, each after those that its foreign keys point
 * to. A partition is left out: its rows are its parent's. A circle of foreign keys is refused by name.
 */
export async function listTables(where: Queryable): Promise<Table[]> {
  const { rows } = await sql<{ name: string; columns: Column[]; after: string[] }>`
    select c.relname as name,
      coalesce((
        select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
        from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      ), '[]') as columns,
      array(
        select distinct r.relname::text from pg_constraint f join pg_class r on r.oid = f.confrelid
        where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid
      ) as after
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname <> all(${bookkeeping}::text[])
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by c.relname`.execute(tables(where));
  return dependencyOrder(rows).map(({ name, columns }) => ({ name, columns }));
}

/** Where the sequences of the schema public stand. Read after a snapshot was taken, they are past every id in it. */
export async function readSequences(where: Queryable): Promise<SequenceState[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'S' order by relname`.execute(tables(where));
  const states: SequenceState[] = [];
  for (const { name } of rows) {
    const { rows: state } = await sql<{ lastValue: string; isCalled: boolean }>`
      select last_value::text as "lastValue", is_called as "isCalled" from ${sql.id('public', name)}`.execute(
      tables(where),
    );
    states.push({ name, ...(state[0] as { lastValue: string; isCalled: boolean }) });
  }
  return states;
}

export async function setSequence(tx: Tx, { name, lastValue, isCalled }: SequenceState): Promise<void> {
  await sql`select setval(format('public.%I', ${name}::text)::regclass, ${lastValue}::bigint, ${isCalled})`.execute(
    tables(tx),
  );
}

interface Trigger {
  readonly table: string;
  readonly name: string;
}

/** Ours that fire, such as those that refuse changes of a table to which rows are only added. */
export async function listTriggers(where: Queryable): Promise<Trigger[]> {
  const { rows } = await sql<Trigger>`
    select c.relname as table, t.tgname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgenabled = 'O' and t.tgparentid = 0`.execute(
    tables(where),
  );
  return rows;
}

/** An owner of the table may, a superuser need not. */
export async function switchTriggers(tx: Tx, triggers: readonly Trigger[], to: 'enable' | 'disable') {
  for (const { table, name } of triggers) {
    await sql`alter table ${sql.id('public', table)} ${sql.raw(to)} trigger ${sql.id(name)}`.execute(
      tables(tx),
    );
  }
}

/** What a deferred constraint has to say is said now. */
export async function checkConstraints(tx: Tx): Promise<void> {
  await sql`set constraints all immediate`.execute(tables(tx));
}

export async function emptyTables(tx: Tx, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const list = sql.join(names.map((name) => sql.id('public', name)));
  await sql`truncate ${list}`.execute(tables(tx));
}
