import type { Migration } from '../database/index.js';
import { sealable } from '../sealer/index.js';

/**
 * Details are `json`, not `jsonb`: it keeps the very text that was hashed. They have no foreign key to their
 * record, which is never deleted, and may go at any time.
 */
const audit: Migration = {
  id: '0521-audit',
  up: `
    create table audit_records (
      id uuid primary key,
      recorded_at timestamptz not null,
      action text not null,
      actor_kind text not null check (actor_kind in ('user', 'system', 'command')),
      actor_id uuid,
      target_type text not null,
      target_id text not null,
      request_id text,
      trace_id text,
      details_hash bytea check (octet_length(details_hash) = 32),
      check ((actor_kind = 'user') = (actor_id is not null))
    );
    ${sealable({ table: 'audit_records', chain: 'audit' })}
    create index audit_records_by_time on audit_records (recorded_at, id);
    create index audit_records_by_action on audit_records (action, recorded_at, id);
    create index audit_records_by_target on audit_records (target_id, target_type, recorded_at, id);
    create index audit_records_by_actor on audit_records (actor_id, recorded_at, id) where actor_id is not null;
    create table audit_details (
      record_id uuid primary key,
      salt bytea not null,
      address text,
      before json,
      after json,
      reason text,
      detail json
    );
  `,
};

export const auditMigrations: readonly Migration[] = [audit];
