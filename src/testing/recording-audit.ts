import type { Audit, AuditEntry } from '../platform/audit/index.js';
import type { Tx } from '../platform/database/index.js';

/** Keeps entries in memory, for suites of modules that have no audit tables. */
export class RecordingAudit implements Audit {
  readonly entries: AuditEntry[] = [];

  async record(_tx: Tx, entry: AuditEntry): Promise<string> {
    this.entries.push(entry);
    return `record-${this.entries.length}`;
  }

  /** Erases the entries about a user whole: they have nothing but details. */
  async erase(_tx: Tx, userId: string): Promise<number> {
    const about = this.entries.filter(({ target }) => target.type === 'user' && target.id === userId);
    for (const entry of about) this.entries.splice(this.entries.indexOf(entry), 1);
    return about.length;
  }
}
