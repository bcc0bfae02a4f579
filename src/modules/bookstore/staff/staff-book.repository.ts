import { type Tx, tables } from '../../../platform/database/index.js';
import type { BookStatus } from '../bookstore.port.js';
import type { BookstoreTables } from '../bookstore.tables.js';

/** Writes what staff decided about a locked book and counts its version up. */
export async function updateBookTraits(
  tx: Tx,
  bookId: string,
  traits: { vipLibrary: boolean; status: BookStatus; category: string | null },
  now: Date,
): Promise<void> {
  const { vipLibrary: vip_library, status, category } = traits;
  await tables<BookstoreTables>(tx)
    .updateTable('books')
    .set(({ eb }) => ({ vip_library, status, category, updated_at: now, version: eb('version', '+', 1) }))
    .where('id', '=', bookId)
    .execute();
}
