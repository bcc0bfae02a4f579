import type { Clock } from '../../../platform/kernel/index.js';
import type { PersonalDataHolder } from '../../../platform/personal-data/index.js';
import { listOwnBooks } from './own-book.repository.js';
import { deleteUnpublished, listOwnChapters } from './own-chapter.repository.js';

const booksPerPage = 100;
const chaptersPerPage = 500;

/**
 * An author's books and chapters. What is published stays under its pen name when the account closes: readers bought
 * it and cite it, and the name stands on the book, not on the account. Drafts nobody has seen are deleted.
 */
export function bookHolder(clock: Clock): PersonalDataHolder {
  return {
    name: 'books',
    async *export(database, userId) {
      let after: string | undefined;
      do {
        const page = await listOwnBooks(database, userId, { after, limit: booksPerPage, now: clock.now() });
        for (const book of page) {
          yield { kind: 'book', ...book };
          let afterNumber = 0;
          for (let more = true; more; ) {
            const chapters = await listOwnChapters(database, book.id, {
              afterNumber,
              limit: chaptersPerPage,
            });
            for (const { id, number, title, wordCount, publishedAt, version } of chapters) {
              yield { kind: 'chapter', bookId: book.id, id, number, title, wordCount, publishedAt, version };
            }
            afterNumber = chapters.at(-1)?.number ?? 0;
            more = chapters.length === chaptersPerPage;
          }
        }
        after = page.length < booksPerPage ? undefined : page.at(-1)?.id;
      } while (after !== undefined);
    },
    erase: (tx, userId) => deleteUnpublished(tx, userId),
  };
}
