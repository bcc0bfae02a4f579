import { sql } from 'kysely';
import { type Database, tables } from '../../../platform/database/index.js';

/** What the owner of the database can do to a sealed record. */
export async function changeTarget(db: Database, recordId: string): Promise<void> {
  await db.withTransaction({ name: 'tamper' }, async (tx) => {
    const owner = tables(tx);
    await sql`alter table audit_records disable trigger user`.execute(owner);
    await sql`update audit_records set target_id = 'somebody else' where id = ${recordId}`.execute(owner);
    await sql`alter table audit_records enable trigger user`.execute(owner);
  });
}
