import type { ColumnType } from 'kysely';
import type { SealedTable } from '../sealer/index.js';
import type { AuditActorKind } from './audit.port.js';

type JsonObject = ColumnType<Record<string, unknown> | null, string | null, never>;

export interface AuditTables {
  audit_records: {
    id: string;
    recorded_at: ColumnType<Date, Date, never>;
    action: string;
    actor_kind: AuditActorKind;
    actor_id: string | null;
    target_type: string;
    target_id: string;
    request_id: string | null;
    trace_id: string | null;
    details_hash: Buffer | null;
    epoch: number;
    xid: ColumnType<string, never, never>;
  };
  audit_details: {
    record_id: string;
    salt: Buffer;
    address: string | null;
    before: JsonObject;
    after: JsonObject;
    reason: string | null;
    detail: JsonObject;
  };
}

export const auditTable = {
  chain: 'audit',
  table: 'audit_records',
  momentColumn: 'recorded_at',
  forms: [
    [
      { name: 'recorded_at', type: 'moment' },
      { name: 'action', type: 'text' },
      { name: 'actor_kind', type: 'text' },
      { name: 'actor_id', type: 'uuid' },
      { name: 'target_type', type: 'text' },
      { name: 'target_id', type: 'text' },
      { name: 'request_id', type: 'text' },
      { name: 'trace_id', type: 'text' },
      { name: 'details_hash', type: 'bytes' },
    ],
  ],
  details: {
    table: 'audit_details',
    idColumn: 'record_id',
    columns: [
      { name: 'salt', type: 'bytes' },
      { name: 'address', type: 'text' },
      { name: 'before', type: 'json' },
      { name: 'after', type: 'json' },
      { name: 'reason', type: 'text' },
      { name: 'detail', type: 'json' },
    ],
    hashColumn: 'details_hash',
  },
} as const satisfies SealedTable;
