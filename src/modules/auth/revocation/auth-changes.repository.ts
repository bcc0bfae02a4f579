import { type ColumnType, type Generated, sql } from 'kysely';
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

/** One statement with four parameters, however many changes there are. */
export async function insertAuthChanges(tx: Tx, changes: readonly AuthChange[], at: Date): Promise<void> {
  const kinds = changes.map(({ kind }) => kind);
  const subjects = changes.map(({ subject }) => subject);
  const reasons = changes.map(({ reason }) => reason);
  await tables<AuthChangesTables>(tx)
    .insertInto('auth_changes')
    .columns(['kind', 'subject', 'reason', 'recorded_at'])
    .expression(
      sql`select kind, subject, reason, ${at}::timestamptz
          from unnest(${kinds}::text[], ${subjects}::text[], ${reasons}::text[]) as change (kind, subject, reason)`,
    )
    .execute();
}
