import type { Tx } from '../database/index.js';
import { port } from '../kernel/index.js';
import type { ReadOutcome, Tier } from './namespace-stats.js';

export interface NamespaceReport {
  readonly name: string;
  /** In this process, as all that follows. */
  readonly entries: number;
  readonly bytes: number;
  readonly entriesMax: number;
  readonly bytesMax: number;
  readonly evictions: number;
  /** Since the start. */
  readonly reads: Readonly<Record<Tier, Readonly<Record<ReadOutcome, number>>>>;
  /** Of all reads the part that no source was asked for; undefined before the first. */
  readonly hitRate: number | undefined;
  readonly loads: number;
  readonly loadSeconds: number;
  readonly coalesced: number;
  readonly superseded: number;
  readonly pendingChanges: number;
}

export interface CacheReport {
  readonly redis: 'not-configured' | 'up' | 'down';
  /** How the instances hear of each other's changes; `none` where there is only one. */
  readonly changesBy: 'redis' | 'database' | 'none';
  readonly loadsRunning: number;
  readonly loadsWaiting: number;
  readonly namespaces: readonly NamespaceReport[];
}

/** What operators see and do. */
export interface CacheBoard {
  /** Of this process. */
  report(): CacheReport;
  /** Empties a namespace, or all, on every instance, when `tx` has committed. False for one that is not known. */
  clear(tx: Tx, namespace?: string): Promise<boolean>;
}

const nobody: CacheBoard = {
  report: () => ({
    ...{ redis: 'not-configured', changesBy: 'none', loadsRunning: 0, loadsWaiting: 0 },
    namespaces: [],
  }),
  clear: async (_tx, namespace) => namespace === undefined,
};

export const CacheBoard = port<CacheBoard>('cache.board', { whenAbsent: nobody });
