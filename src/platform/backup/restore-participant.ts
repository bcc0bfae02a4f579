import type { Queryable, Tx } from '../database/index.js';
import { port } from '../kernel/index.js';

/** What a module says before a backup is restored, and does after it. Its service may not have started. */
export interface RestoreParticipant {
  /** What is already there and must not be replaced, for people (`3 accounts`); undefined when nothing is. */
  occupiedBy?(where: Queryable): Promise<string | undefined>;
  /**
   * In the restore's own transaction, when all rows are in and the schema is up to date: what no longer
   * holds in another database is put right, such as a position in terms of its transaction ids. SQL only;
   * to throw undoes the restore.
   */
  afterRestore?(tx: Tx): Promise<void>;
}

/** Those of all modules. */
export interface RestoreParticipants {
  all(): readonly RestoreParticipant[];
}

export const RestoreParticipants = port<RestoreParticipants>('restore-participants');
