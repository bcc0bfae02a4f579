import { port } from '../kernel/index.js';
import type { SealedTable } from './sealed-table.js';

/** The sealed tables that modules contribute; the audit log, which seals its own, seals and verifies them as well. */
export interface SealedTables {
  all(): readonly SealedTable[];
}

export const SealedTables = port<SealedTables>('sealed-tables', { whenAbsent: { all: () => [] } });
