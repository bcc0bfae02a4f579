import { sql } from 'kysely';
import { type Database, tables } from '../platform/database/index.js';
import { newId } from '../platform/kernel/index.js';

/** A user that only exists, for modules whose rows belong to one. */
export async function insertUser(database: Database, now: Date): Promise<string> {
  const id = newId(now);
  await sql`
    insert into users (id, username, username_key, password_hash, password_changed_at, nickname, locale,
      status, created_at, updated_at)
    values (${id}, ${id}, ${id}, 'none', ${now}, 'nobody', 'zh-CN', 'active', ${now}, ${now})
  `.execute(tables(database));
  return id;
}
