import { sql } from 'kysely';
import { declareCursor, type Queryable, type Tx, tables } from '../database/index.js';
import type { Column, Table } from './catalog.repository.js';

/**
 * How values are written, so that both engines and any server read them the same: moments in ISO 8601
 * and UTC, floating point numbers in the shortest form that is exact.
 */
export async function fixTextForm(tx: Tx): Promise<void> {
  await sql`select set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
    set_config('timezone', 'UTC', true), set_config('extra_float_digits', '1', true),
    set_config('bytea_output', 'hex', true)`.execute(tables(tx));
}

/**
 * A row as the JSON array of its values as texts, in column order. The database's own text form is exact
 * for every type: no number passes through JavaScript.
 */
function rowAsText({ columns }: Table): string {
  const values = columns.map(({ name }) => `${quoted(name)}::text`).join(', ');
  return `array_to_json(array[${values}]::text[])::text as row`;
}

/** A cursor over all rows of a table, each as a text. */
export async function declareRows(tx: Tx, cursor: string, table: Table): Promise<void> {
  await declareCursor(tx, cursor, `select ${rowAsText(table)} from public.${quoted(table.name)}`);
}

/** Copies the rows aside, as they lie there: several times faster than to write them as texts. */
export async function copyRows(tx: Tx, copy: string, { name, columns }: Table): Promise<void> {
  const names = sql.join(columns.map((column) => sql.id(column.name)));
  await sql`create temporary table ${sql.id(copy)} as select ${names} from ${sql.id('public', name)}`.execute(
    tables(tx),
  );
}

export async function countPages(where: Queryable, copy: string): Promise<number> {
  const { rows } = await sql<{ pages: number }>`
    select pg_relation_size(${`pg_temp.${copy}`}::regclass) / current_setting('block_size')::bigint as pages`.execute(
    tables(where),
  );
  return rows[0]?.pages ?? 0;
}

/** The rows on some pages of a copy, each as a text: a page has the same rows whenever it is read. */
export async function readPages(
  tx: Tx,
  { copy, table, from, to }: { copy: string; table: Table; from: number; to: number },
): Promise<string[]> {
  const { rows } = await sql<{ row: string }>`
    select ${sql.raw(rowAsText(table))} from ${sql.id('pg_temp', copy)}
    where ctid >= ${`(${from},0)`}::tid and ctid < ${`(${to},0)`}::tid`.execute(tables(tx));
  return rows.map(({ row }) => row);
}

export async function dropCopy(tx: Tx, copy: string): Promise<void> {
  await sql`drop table ${sql.id('pg_temp', copy)}`.execute(tables(tx));
}

/** Inserts rows of the form that `declareRows` gives; identities keep their values. */
export async function insertRows(tx: Tx, table: string, columns: readonly Column[], rows: readonly string[]) {
  const names = sql.join(columns.map(({ name }) => sql.id(name)));
  const values = sql.join(
    columns.map(({ type }, index) => sql`(row->>${sql.raw(String(index))})::${sql.raw(type)}`),
  );
  await sql`insert into ${sql.id('public', table)} (${names}) overriding system value
    select ${values} from jsonb_array_elements(${`[${rows.join(',')}]`}::jsonb) as row`.execute(tables(tx));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
