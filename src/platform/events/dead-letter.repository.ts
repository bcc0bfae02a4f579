import { sql } from 'kysely';
import type { Database, Tx } from '../database/index.js';
import type { DeadLetter, DeadLetterQuery } from './dead-letter.js';
import { outbox } from './outbox.tables.js';

interface DeadLetterRow {
  seq: number;
  handler: string;
  id: string;
  type: string;
  aggregate: string | null;
  attempts: number;
  last_error: string;
  occurred_at: Date;
  failed_at: Date;
}

export async function findDeadLetters(
  database: Database,
  { handler, event, before, limit }: DeadLetterQuery,
): Promise<DeadLetter[]> {
  const { rows } = await sql<DeadLetterRow>`
    select d.seq, d.handler, e.id, e.type, d.aggregate, d.attempts, d.last_error, e.occurred_at, d.failed_at
    from outbox_deliveries d join outbox_events e on e.seq = d.seq
    where d.state = 'dead'
      and (${handler ?? null}::text is null or d.handler = ${handler ?? null})
      and (${event ?? null}::text is null or e.type = ${event ?? null})
      and (${before?.position ?? null}::bigint is null
        or (d.seq, d.handler) < (${before?.position ?? null}::bigint, ${before?.handler ?? null}::text))
    order by d.seq desc, d.handler desc limit ${limit}
  `.execute(outbox(database));
  return rows.map((row) => ({
    id: `${row.seq}-${row.handler}`,
    position: row.seq,
    handler: row.handler,
    eventId: row.id,
    event: row.type,
    aggregate: row.aggregate ?? undefined,
    attempts: row.attempts,
    lastError: row.last_error,
    occurredAt: row.occurred_at,
    failedAt: row.failed_at,
  }));
}

export async function reviveDeadLetter(
  tx: Tx,
  { position, handler, now }: { position: number; handler: string; now: Date },
): Promise<boolean> {
  const { rows } = await sql`
    update outbox_deliveries
    set state = 'ready', attempts = 0, visible_at = ${now}, lease = null, last_error = null, failed_at = null
    where seq = ${position} and handler = ${handler} and state = 'dead'
    returning seq
  `.execute(outbox(tx));
  return rows.length > 0;
}
