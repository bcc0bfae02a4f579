import { sql } from 'kysely';
import { type Database, type Migration, type Queryable, tables } from '../../database/index.js';
import { idempotencyMigrations } from '../index.js';

/** A table of effects: a row each time one happens. */
export const migrations: readonly Migration[] = [
  ...idempotencyMigrations,
  { id: '0990-effects', up: 'create table effects (label text not null)' },
];

export async function addEffect(where: Queryable, label: string): Promise<void> {
  await sql`insert into effects (label) values (${label})`.execute(tables(where));
}

export async function effectsOf(database: Database): Promise<string[]> {
  const { rows } = await sql<{ label: string }>`select label from effects order by label`.execute(
    tables(database),
  );
  return rows.map(({ label }) => label);
}

export async function keyRows(database: Database): Promise<{ key: string; state: string }[]> {
  const { rows } = await sql<{ key: string; state: string }>`
    select key, state from idempotency_keys order by key
  `.execute(tables(database));
  return rows;
}

/** Many keys that end at `expiresAt`. */
export async function insertKeys(database: Database, count: number, expiresAt: Date): Promise<void> {
  await sql`
    insert into idempotency_keys (scope, key, request_hash, state, expires_at)
    select 'user', ${expiresAt.toISOString()} || n, ''::bytea, 'done', ${expiresAt}
    from generate_series(1, ${count}::int) n
  `.execute(tables(database));
}
