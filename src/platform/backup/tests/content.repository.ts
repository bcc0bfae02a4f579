import { sql } from 'kysely';
import { type Database, tables } from '../../database/index.js';

export async function runSql(db: Database, text: string): Promise<Record<string, unknown>[]> {
  return (await sql.raw<Record<string, unknown>>(text).execute(tables(db))).rows;
}

/** A digest of the rows of every table. */
export async function contentOf(db: Database): Promise<Record<string, string>> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'schema%' order by 1`.execute(
    tables(db),
  );
  const digests: Record<string, string> = {};
  for (const { name } of rows) {
    const { rows: found } = await sql<{ digest: string }>`
      select count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as digest
      from ${sql.id(name)} t`.execute(tables(db));
    digests[name] = found[0]?.digest ?? '';
  }
  return digests;
}
