import type { Audit, AuditEntry } from '../platform/audit/index.js';
import type { Tx } from '../platform/database/index.js';

/** Keeps entries in memory, for suites of modules that have no audit tables. */
export class RecordingAudit implements Audit {
  readonly entries: AuditEntry[] = [];

  async record(_tx: Tx, entry: AuditEntry): Promise<string> {
    this.entries.push(entry);
    return `record-${this.entries.length}`;
  }

  async erase(): Promise<number> {
    throw new Error('nothing is kept here that could be erased');
  }
}
