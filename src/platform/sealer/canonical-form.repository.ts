import { type RawBuilder, sql } from 'kysely';
import type { SealedColumn, SealedTable, SealedType } from './sealed-table.js';

/** Moments in microseconds, as the database keeps them; JSON as it is stored. None depends on a session's settings. */
const textOf: Readonly<Record<SealedType, (column: RawBuilder<unknown>) => RawBuilder<string>>> = {
  text: (column) => sql`${column}`,
  uuid: (column) => sql`${column}::text`,
  integer: (column) => sql`${column}::text`,
  moment: (column) => sql`(extract(epoch from ${column}) * 1000000)::bigint::text`,
  bytes: (column) => sql`encode(${column}, 'hex')`,
  json: (column) => sql`${column}::text`,
};

/**
 * SHA-256 of columns: of each, in their order, its length in characters, a colon and its text, or `-` for null.
 * No two rows share a form: where a value ends does not depend on what is in it.
 */
export function canonicalHash(columns: readonly SealedColumn[], from: string): RawBuilder<Buffer> {
  const parts = columns.map(({ name, type }) => {
    const text = textOf[type](sql.ref(`${from}.${name}`));
    return sql`coalesce(length(${text})::text || ':' || ${text}, '-')`;
  });
  return sql`sha256(convert_to(concat(${sql.join(parts)}), 'UTF8'))`;
}

const positionColumns: readonly SealedColumn[] = [
  { name: 'epoch', type: 'integer' },
  { name: 'xid', type: 'integer' },
  { name: 'id', type: 'uuid' },
];

/** The hash of a row by the form of that number; raises an error for a form that this release does not know. */
export function rowHash({ chain, forms }: SealedTable, form: number, from: string): RawBuilder<Buffer> {
  const columns = forms[form - 1];
  if (!columns) {
    throw new Error(
      `The chain "${chain}" has seals of form ${form}, and this release knows ${forms.length}: use a newer one.`,
    );
  }
  return canonicalHash([...positionColumns, ...columns], from);
}
