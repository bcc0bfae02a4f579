import { sql } from 'kysely';
import { type Queryable, tables } from '../../database/index.js';

/** Everything that the erasable table holds, as text. */
export async function detailsAsText(where: Queryable): Promise<string> {
  const { rows } = await sql<{ text: string }>`
    select coalesce(json_agg(d), '[]')::text as text from audit_details d`.execute(tables(where));
  return rows[0]?.text ?? '';
}

/** Everything that the sealed table holds, as text. */
export async function recordsAsText(where: Queryable): Promise<string> {
  const { rows } = await sql<{ text: string }>`
    select coalesce(json_agg(r), '[]')::text as text from audit_records r`.execute(tables(where));
  return rows[0]?.text ?? '';
}

export async function changeReason(where: Queryable, recordId: string, reason: string): Promise<void> {
  await sql`update audit_details set reason = ${reason} where record_id = ${recordId}`.execute(tables(where));
}

export async function removeChain(where: Queryable): Promise<void> {
  await sql`alter table seal_chains disable trigger user`.execute(tables(where));
  await sql`delete from seal_chains`.execute(tables(where));
}
