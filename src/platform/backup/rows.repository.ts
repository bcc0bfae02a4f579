import { sql } from 'kysely';
import { declareCursor, type Tx, tables } from '../database/index.js';
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
 * A cursor over all rows of a table, each as the JSON array of its values as texts, in column order. The
 * database's own text form is exact for every type: no number passes through JavaScript.
 */
export async function declareRows(tx: Tx, cursor: string, table: Table, hold: boolean): Promise<void> {
  const values = table.columns.map(({ name }) => `${quoted(name)}::text`).join(', ');
  const select = `select array_to_json(array[${values}]::text[])::text as row from public.${quoted(table.name)}`;
  await declareCursor(tx, { name: cursor, select, hold });
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
