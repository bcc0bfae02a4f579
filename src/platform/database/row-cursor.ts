import type { Tx } from './database.js';
import { openTransactionOf } from './open-transaction.js';

/**
 * Opens a cursor over a query without parameters, until the transaction ends: `fetchRows` reads its rows as
 * they are now. `name` is an identifier, unique in the transaction.
 */
export async function declareCursor(tx: Tx, name: string, select: string): Promise<void> {
  await openTransactionOf(tx).script(`declare ${name} no scroll cursor for ${select}`);
}

/** The next rows, at most `count`; none at the end. */
export async function fetchRows<R>(tx: Tx, name: string, count: number): Promise<R[]> {
  return (await openTransactionOf(tx).script(`fetch ${count} from ${name}`)).rows;
}
