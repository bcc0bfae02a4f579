import { randomBytes } from 'node:crypto';
import { type Database, fetchRows, type Tx } from '../database/index.js';
import { listTables, readSequences, type Table } from './catalog.repository.js';
import type { SequenceState } from './format.domain.js';
import { copyRows, countPages, declareRows, dropCopy, fixTextForm, readPages } from './rows.repository.js';

const batchBytes = 1024 * 1024;
const batchRowsMax = 512;
const firstBatchRows = 16;
const batchPagesMax = 16;

/** All rows of the tables, as they were at one moment. */
export interface Snapshot<L> {
  readonly tables: readonly Table[];
  /** At or past that moment. */
  readonly sequences: readonly SequenceState[];
  /** What `look` found at that moment. */
  readonly looked: L;
  /** The rows of one of `tables`, each as a line of JSON, in batches of about a megabyte. Once. */
  rows(table: Table): AsyncGenerator<readonly string[]>;
}

interface SnapshotOptions<L> {
  readonly wanted: (tableName: string) => boolean;
  readonly look: (tx: Tx) => Promise<L>;
}

/**
 * Calls `work` with the rows of one moment. On a server they are read in one transaction, which holds up
 * nobody. The embedded database has one session, so there the rows are first copied into temporary tables
 * in a short transaction, and others come between the batches.
 */
export function withSnapshot<L, T>(
  db: Database,
  options: SnapshotOptions<L>,
  work: (snapshot: Snapshot<L>) => Promise<T>,
): Promise<T> {
  return db.engine === 'pglite' ? withCopies(db, options, work) : withCursors(db, options, work);
}

async function withCursors<L, T>(
  db: Database,
  options: SnapshotOptions<L>,
  work: (snapshot: Snapshot<L>) => Promise<T>,
): Promise<T> {
  return db.withTransaction({ name: 'backup', mode: 'snapshot' }, async (tx) => {
    const { found, names } = await look(tx, options);
    await fixTextForm(tx);
    for (const [table, cursor] of names) await declareRows(tx, cursor, table);
    return work({ ...found, rows: (table) => rowsOfCursor(tx, names.get(table) as string) });
  }) as Promise<T>;
}

async function withCopies<L, T>(
  db: Database,
  options: SnapshotOptions<L>,
  work: (snapshot: Snapshot<L>) => Promise<T>,
): Promise<T> {
  const { found, names } = await db.withTransaction({ name: 'copy-for-backup' }, async (tx) => {
    const looked = await look(tx, options);
    for (const [table, copy] of looked.names) await copyRows(tx, copy, table);
    return looked;
  });
  try {
    return await work({ ...found, rows: (table) => rowsOfCopy(db, names.get(table) as string, table) });
  } finally {
    // A lost session has taken its copies along.
    const dropped = db.withTransaction({ name: 'drop-backup-copy' }, async (tx) => {
      for (const copy of names.values()) await dropCopy(tx, copy);
    });
    await dropped.catch(() => {});
  }
}

async function look<L>(tx: Tx, options: SnapshotOptions<L>) {
  const own = `backup_${randomBytes(4).toString('hex')}`;
  const tables = (await listTables(tx)).filter(({ name }) => options.wanted(name));
  const names = new Map(tables.map((table, index) => [table, `${own}_${index}`]));
  return { found: { tables, looked: await options.look(tx), sequences: await readSequences(tx) }, names };
}

/** As many rows at a time as fill a batch, judged by the largest of the batch before. */
async function* rowsOfCursor(tx: Tx, cursor: string): AsyncGenerator<readonly string[]> {
  let count = firstBatchRows;
  for (;;) {
    const rows = await fetchRows<{ row: string }>(tx, cursor, count);
    if (rows.length === 0) return;
    yield rows.map(({ row }) => row);
    const largest = rows.reduce((max, { row }) => Math.max(max, row.length), 1);
    count = Math.min(batchRowsMax, count * 4, Math.max(1, Math.floor(batchBytes / largest)));
  }
}

/** As many pages at a time as fill a batch: a page may point to values that lie elsewhere and are larger than it. */
async function* rowsOfCopy(db: Database, copy: string, table: Table): AsyncGenerator<readonly string[]> {
  const pages = await countPages(db, copy);
  let count = 1;
  for (let from = 0; from < pages; ) {
    const to = from + count;
    const rows = await db.withTransaction({ name: 'backup', mode: 'snapshot' }, async (tx) => {
      await fixTextForm(tx);
      return readPages(tx, { copy, table, from, to });
    });
    if (rows.length > 0) yield rows;
    const bytesPerPage = rows.reduce((sum, row) => sum + row.length, 1) / count;
    count = Math.min(batchPagesMax, count * 4, Math.max(1, Math.floor(batchBytes / bytesPerPage)));
    from = to;
  }
}
