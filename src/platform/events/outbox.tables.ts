import { type Queryable, tables } from '../database/index.js';

interface EventsTable {
  seq: number;
  id: string;
  type: string;
  aggregate: string | null;
  payload: unknown;
  traceparent: string | null;
  occurred_at: Date;
  not_before: Date | null;
}

interface DeliveriesTable {
  seq: number;
  handler: string;
  aggregate: string | null;
  state: 'ready' | 'queued' | 'dead';
  attempts: number;
  visible_at: Date;
  lease: string | null;
  last_error: string | null;
  failed_at: Date | null;
}

interface LanesTable {
  handler: string;
  aggregate: string;
  visible_at: Date;
  lease: string | null;
  version: number;
}

interface OutboxTables {
  outbox_events: EventsTable;
  outbox_deliveries: DeliveriesTable;
  outbox_lanes: LanesTable;
}

export function outbox(where: Queryable) {
  return tables<OutboxTables>(where);
}

/**
 * `visible_at` of what is due at once. Not the writer's present: of two writers of one aggregate the later one's
 * clock may be behind, and its event must not become visible first.
 */
export const dueAtOnce = new Date(0);
