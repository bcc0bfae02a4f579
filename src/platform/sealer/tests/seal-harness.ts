import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { Database } from '../../database/index.js';
import type { Clock } from '../../kernel/index.js';
import type { Logger } from '../../logger/index.js';
import { Metrics } from '../../metrics/index.js';
import {
  type SealedTable,
  Sealer,
  type SealerConfig,
  SealerMetrics,
  type Verification,
  verifyChain,
} from '../index.js';
import { areAllSealable, type Entry, entriesTable, insertEntry, sealedIds } from './entries.repository.js';

const config: SealerConfig = { intervalMs: 1_000, rowsMax: 1_000, sealsMax: 20, lagSecondsMax: 5 };

interface SealerParts {
  readonly config?: Partial<SealerConfig>;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: Metrics;
  readonly table?: SealedTable;
}

export function sealerOf(database: Database, parts: SealerParts = {}): Sealer {
  const { clock = new FakeClock(), log = pino({ level: 'silent' }), metrics = new Metrics() } = parts;
  return new Sealer({
    ...{ database, clock, log },
    metrics: new SealerMetrics(metrics),
    table: parts.table ?? entriesTable,
    config: { ...config, ...parts.config },
  });
}

export async function addEntries(database: Database, entries: readonly Partial<Entry>[]): Promise<string[]> {
  const ids: string[] = [];
  for (const entry of entries) {
    ids.push(
      await database.withTransaction({ name: 'add-entry' }, (tx) =>
        insertEntry(tx, { writtenAt: new Date('2026-03-01T04:00:00.123Z'), ...entry }),
      ),
    );
  }
  return ids;
}

/** On a shared server the transactions of others hold a pass back for a while. */
const othersMsMax = 50_000;

/** Until one pass can seal all that was added: how many seals that makes is then certain. */
export async function untilSealable(database: Database): Promise<void> {
  await vi.waitFor(async () => expect(await areAllSealable(database)).toBe(true), {
    timeout: othersMsMax,
    interval: 20,
  });
}

/** Passes until `rows` rows are sealed. */
export async function sealUntil(
  database: Database,
  rows: number,
  sealer = sealerOf(database),
): Promise<void> {
  await vi.waitFor(
    async () => {
      await sealer.run();
      expect(await sealedIds(database)).toHaveLength(rows);
    },
    { timeout: othersMsMax, interval: 20 },
  );
}

export function verifyEntries(database: Database, expectHead?: string): Promise<Verification> {
  return verifyChain(database, entriesTable, { signal: AbortSignal.timeout(30_000), expectHead });
}
