import { sql } from 'kysely';
import { type Database, tables } from '../../../platform/database/index.js';

interface Given {
  readonly handler: string;
  readonly event: string;
  readonly aggregate?: string;
}

/** Dead letters of handlers that this release does not have, so that nothing moves by itself. */
export async function insertDeadLetters(database: Database, letters: readonly Given[]): Promise<void> {
  for (const { handler, event, aggregate = null } of letters) {
    await sql`
      with event as (
        insert into outbox_events (id, type, aggregate, payload, occurred_at)
        values (gen_random_uuid(), ${event}, ${aggregate}, '{"secret": "pl4nted"}', '2026-11-01T00:00:00Z')
        returning seq
      )
      insert into outbox_deliveries (seq, handler, aggregate, state, attempts, visible_at, last_error, failed_at)
      select seq, ${handler}, ${aggregate}, 'dead', 10, 'epoch', 'Error: broken', '2026-11-02T00:00:00Z' from event
    `.execute(tables(database));
  }
}

export async function readStates(database: Database): Promise<{ state: string; attempts: number }[]> {
  const { rows } = await sql<{ state: string; attempts: number }>`
    select state, attempts from outbox_deliveries order by seq
  `.execute(tables(database));
  return rows;
}

export async function clearDeadLetters(database: Database): Promise<void> {
  await sql`delete from outbox_deliveries`.execute(tables(database));
}
