import { sql } from 'kysely';
import { type Database, tables } from '../platform/database/index.js';

/** Every row of every table as text, so that a test can look for what must be nowhere; bytes in hexadecimal. */
export async function everyValueOf(database: Database): Promise<Map<string, string[]>> {
  const { rows: names } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`.execute(
    tables(database),
  );
  const found = new Map<string, string[]>();
  for (const { name } of names) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.id(name)} t`.execute(
      tables(database),
    );
    found.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return found;
}
