import type { Tx } from './database.js';
import { openTransactionOf } from './open-transaction.js';

/** To keep what a cursor answers beyond its transaction, its commit works through all of it. */
const holdTimeoutMs = 600_000;

export interface CursorOptions {
  /** An identifier, unique in the session. */
  readonly name: string;
  /** A query without parameters. */
  readonly select: string;
  /** Whether it outlives the transaction: the commit then copies its rows, and takes as long as that. */
  readonly hold: boolean;
}

/** Opens a cursor: `fetchRows` reads its rows as they are now. */
export async function declareCursor(tx: Tx, { name, select, hold }: CursorOptions): Promise<void> {
  const open = openTransactionOf(tx);
  if (hold) open.commitTimeoutMs = holdTimeoutMs;
  await open.script(`declare ${name} no scroll cursor ${hold ? 'with hold ' : ''}for ${select}`);
}

/** The next rows, at most `count`; none at the end. A held cursor is read in any transaction of its session. */
export async function fetchRows<R>(tx: Tx, name: string, count: number): Promise<R[]> {
  return (await openTransactionOf(tx).script(`fetch ${count} from ${name}`)).rows;
}

export async function closeCursor(tx: Tx, name: string): Promise<void> {
  await openTransactionOf(tx).script(`close ${name}`);
}
