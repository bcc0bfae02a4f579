import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../database/index.js';
import { canonicalHash, epochOf } from '../sealer/index.js';
import type { AuditActorKind, AuditFilter, AuditPosition, AuditRecord } from './audit.port.js';
import { type AuditTables, auditTable } from './audit.tables.js';
import type { DetailTexts } from './entry.js';

export interface NewRecord {
  readonly id: string;
  readonly recordedAt: Date;
  readonly action: string;
  readonly actorKind: AuditActorKind;
  readonly actorId: string | undefined;
  readonly targetType: string;
  readonly targetId: string;
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
  readonly details: (DetailTexts & { readonly salt: Buffer }) | undefined;
}

/** The record and its details in one statement; the hash is made of the details as the database keeps them. */
export async function insertRecord(tx: Tx, { details, ...record }: NewRecord): Promise<void> {
  const hash = canonicalHash(auditTable.details.columns, 'audit_details');
  const kept = details
    ? sql`
      with kept as (
        insert into audit_details (record_id, salt, address, before, after, reason, detail)
        values (${record.id}, ${details.salt}, ${details.address}, ${details.before}, ${details.after},
          ${details.reason}, ${details.detail})
        returning ${hash} as hash
      )`
    : sql`with kept as (select null::bytea as hash)`;
  await sql`${kept}
    insert into audit_records (id, epoch, recorded_at, action, actor_kind, actor_id, target_type, target_id,
      request_id, trace_id, details_hash)
    values (${record.id}, ${epochOf(auditTable.chain)}, ${record.recordedAt}, ${record.action}, ${record.actorKind},
      ${record.actorId ?? null}, ${record.targetType}, ${record.targetId}, ${record.requestId ?? null},
      ${record.traceId ?? null}, (select hash from kept))
  `.execute(tables(tx));
}

/** Removes the details of the records about a user; answers how many there were. */
export async function deleteDetails(tx: Tx, userId: string): Promise<number> {
  const { numDeletedRows } = await tables<AuditTables>(tx)
    .deleteFrom('audit_details')
    .where('record_id', 'in', (query) =>
      query
        .selectFrom('audit_records')
        .select('id')
        .where('target_type', '=', 'user')
        .where('target_id', '=', userId),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Newest first. */
export async function findRecords(
  where: Queryable,
  filter: AuditFilter,
  { limit, after }: { limit: number; after?: AuditPosition | undefined },
): Promise<AuditRecord[]> {
  let query = tables<AuditTables>(where)
    .selectFrom('audit_records as r')
    .leftJoin('audit_details as d', 'd.record_id', 'r.id')
    .select([
      'r.id',
      'r.recorded_at',
      'r.action',
      'r.actor_kind',
      'r.actor_id',
      'r.target_type',
      'r.target_id',
    ])
    .select(['r.request_id', 'r.trace_id', 'r.details_hash'])
    .select(['d.record_id', 'd.address', 'd.before', 'd.after', 'd.reason', 'd.detail']);
  if (filter.action !== undefined) query = query.where('r.action', '=', filter.action);
  if (filter.actorId !== undefined) query = query.where('r.actor_id', '=', filter.actorId);
  if (filter.targetType !== undefined) query = query.where('r.target_type', '=', filter.targetType);
  if (filter.targetId !== undefined) query = query.where('r.target_id', '=', filter.targetId);
  if (filter.from !== undefined) query = query.where('r.recorded_at', '>=', filter.from);
  if (filter.to !== undefined) query = query.where('r.recorded_at', '<', filter.to);
  if (after) {
    query = query.where(sql<boolean>`(r.recorded_at, r.id) < (${after.recordedAt}, ${after.id}::uuid)`);
  }
  const rows = await query.orderBy('r.recorded_at', 'desc').orderBy('r.id', 'desc').limit(limit).execute();
  return rows.map((row) => ({
    id: row.id,
    recordedAt: row.recorded_at,
    action: row.action,
    actor: { kind: row.actor_kind, userId: row.actor_id, address: row.address },
    target: { type: row.target_type, id: row.target_id },
    requestId: row.request_id,
    traceId: row.trace_id,
    details: detailsState(row),
    before: row.before,
    after: row.after,
    reason: row.reason,
    detail: row.detail,
  }));
}

function detailsState({
  details_hash,
  record_id,
}: {
  details_hash: Buffer | null;
  record_id: string | null;
}) {
  if (details_hash === null) return 'none';
  return record_id === null ? 'erased' : 'kept';
}
