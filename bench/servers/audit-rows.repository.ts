import { sql } from 'kysely';
import { auditTable } from '../../src/platform/audit/index.js';
import { type Database, type Migration, type Tx, tables } from '../../src/platform/database/index.js';
import { canonicalHash, epochOf } from '../../src/platform/sealer/index.js';

export const plainMigrations: readonly Migration[] = [
  {
    id: '9900-plain-rows',
    up: `create table plain_rows (id uuid primary key, written_at timestamptz not null, action text not null,
      target_id text not null, fact json)`,
  },
];

interface PlainTables {
  plain_rows: { id: string; written_at: Date; action: string; target_id: string; fact: string };
}

export async function insertPlainRow(tx: Tx, row: PlainTables['plain_rows']): Promise<void> {
  await tables<PlainTables>(tx).insertInto('plain_rows').values(row).execute();
}

const columns = auditTable.details.columns;

/** Records with details, as the audit log writes them, but many in one statement. */
export async function insertAuditRecords(db: Database, at: Date, count: number): Promise<void> {
  await sql`
    with kept as (
      insert into audit_details (record_id, salt, address, before, after, reason)
      select gen_random_uuid(), decode(repeat('5a', 16), 'hex'), '203.0.113.9', '{"status":"active"}',
        '{"status":"banned"}', 'reason ' || n from generate_series(1, ${count}) n
      returning record_id, ${canonicalHash(columns, 'audit_details')} as hash
    )
    insert into audit_records (id, epoch, recorded_at, action, actor_kind, target_type, target_id, details_hash)
    select record_id, ${epochOf(auditTable.chain)}, ${at}, 'auth.user-banned', 'system', 'user', record_id::text, hash
    from kept
  `.execute(tables(db));
}

/** What no verification can do without: every row and its details read and hashed, in one statement. */
export async function hashAuditRecords(db: Database): Promise<void> {
  const [form] = auditTable.forms;
  await sql`
    select count(${canonicalHash(form, 'r')}), count(${canonicalHash(columns, 'd')})
    from audit_records r left join audit_details d on d.record_id = r.id
  `.execute(tables(db));
}
