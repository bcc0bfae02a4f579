import type { Tx } from '../../../platform/database/index.js';
import { lockOwnBook } from './own-book.repository.js';
import { findOwnChapter, findOwner, type OwnChapterText } from './own-chapter.repository.js';

/**
 * The chapter of a book of this author, with the book locked: whoever changes a chapter or its place waits here for
 * others who do. Undefined for a chapter of somebody else's, or none.
 */
export async function lockOwnChapter(
  tx: Tx,
  chapterId: string,
  authorId: string,
): Promise<OwnChapterText | undefined> {
  const owner = await findOwner(tx, chapterId);
  if (owner?.authorId !== authorId || !(await lockOwnBook(tx, owner.bookId, authorId))) return undefined;
  return findOwnChapter(tx, chapterId);
}
