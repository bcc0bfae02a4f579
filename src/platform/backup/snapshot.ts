import { randomBytes } from 'node:crypto';
import { closeCursor, type Database, fetchRows, type Tx } from '../database/index.js';
import { listTables, readSequences, type Table } from './catalog.repository.js';
import type { SequenceState } from './format.domain.js';
import { declareRows, fixTextForm } from './rows.repository.js';

const batchBytes = 1024 * 1024;
const batchRowsMax = 512;
const firstBatchRows = 16;

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

type Run = <R>(step: (tx: Tx) => Promise<R>) => Promise<R>;

/**
 * Calls `work` with the rows of one moment. On a server they are read in one transaction, which holds up
 * nobody. The embedded database has one session, so there all rows are first copied aside in a short
 * transaction (the database writes the copy to its folder when it is large), and others come between the
 * batches.
 */
export async function withSnapshot<L, T>(
  db: Database,
  options: SnapshotOptions<L>,
  work: (snapshot: Snapshot<L>) => Promise<T>,
): Promise<T> {
  const run: Run = <R>(step: (tx: Tx) => Promise<R>) =>
    db.withTransaction({ name: 'backup', mode: 'snapshot' }, step) as Promise<R>;
  if (db.engine !== 'pglite') {
    return run(async (tx) => work((await open(tx, options, { hold: false })).through((step) => step(tx))));
  }
  const opened = await run((tx) => open(tx, options, { hold: true }));
  try {
    return await work(opened.through(run));
  } finally {
    // A lost session has taken its cursors along.
    await run(opened.close).catch(() => {});
  }
}

async function open<L>(tx: Tx, { wanted, look }: SnapshotOptions<L>, { hold }: { hold: boolean }) {
  const prefix = `backup_${randomBytes(4).toString('hex')}`;
  await fixTextForm(tx);
  const tables = (await listTables(tx)).filter(({ name }) => wanted(name));
  const cursors = new Map(tables.map((table, index) => [table, `${prefix}_${index}`]));
  for (const [table, cursor] of cursors) await declareRows(tx, cursor, table, hold);
  const found = { tables, looked: await look(tx), sequences: await readSequences(tx) };
  return {
    through: (run: Run): Snapshot<L> => ({
      ...found,
      rows: (table) => rowsOf(cursors.get(table) as string, run),
    }),
    close: async (later: Tx) => {
      for (const cursor of cursors.values()) await closeCursor(later, cursor);
    },
  };
}

/** As many rows at a time as fill a batch, judged by the largest of the batch before. */
async function* rowsOf(cursor: string, run: Run): AsyncGenerator<readonly string[]> {
  let count = firstBatchRows;
  for (;;) {
    const rows = await run((tx) => fetchRows<{ row: string }>(tx, cursor, count));
    if (rows.length === 0) return;
    yield rows.map(({ row }) => row);
    const largest = rows.reduce((max, { row }) => Math.max(max, row.length), 1);
    count = Math.min(batchRowsMax, count * 4, Math.max(1, Math.floor(batchBytes / largest)));
  }
}
