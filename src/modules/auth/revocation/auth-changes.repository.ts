import type { ColumnType, Generated } from 'kysely';
import { type Tx, tables } from '../../../platform/database/index.js';
import type { AuthChange } from './auth-change.js';

export interface AuthChangesTables {
  auth_changes: {
    seq: Generated<string>;
    xid: Generated<string>;
    kind: string;
    subject: string;
    reason: string;
    recorded_at: ColumnType<Date, Date, Date>;
  };
}

const rowsPerStatementMax = 1000;

export async function insertAuthChanges(tx: Tx, changes: readonly AuthChange[], at: Date): Promise<void> {
  for (let start = 0; start < changes.length; start += rowsPerStatementMax) {
    const rows = changes.slice(start, start + rowsPerStatementMax);
    await tables<AuthChangesTables>(tx)
      .insertInto('auth_changes')
      .values(rows.map(({ kind, subject, reason }) => ({ kind, subject, reason, recorded_at: at })))
      .execute();
  }
}
