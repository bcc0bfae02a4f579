import type { AppError } from '../../../platform/errors/index.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { BookRefusal } from './read-book.domain.js';

/** The problem for a file that cannot be imported. */
export function refusalProblem(refusal: BookRefusal, limits: BookstoreConfig['import']): AppError {
  switch (refusal.reason) {
    case 'empty':
    case 'no-text':
      return bookstoreErrors.importEmpty();
    case 'not-text':
      return bookstoreErrors.importNotText({ params: { kind: refusal.kind } });
    case 'unknown-encoding':
      return bookstoreErrors.importEncodingUnknown();
    case 'damaged': {
      const { encoding, offset } = refusal;
      return bookstoreErrors.importDamaged({
        params: { encoding, offset },
        extensions: { encoding, offset },
      });
    }
    case 'too-many-chapters':
      return bookstoreErrors.importTooManyChapters({ params: { limit: limits.chaptersMax } });
    case 'chapter-too-long': {
      const { title, line } = refusal;
      const params = { chapter: title, line, limit: limits.chapterCharactersMax };
      return bookstoreErrors.importChapterTooLong({ params, extensions: { chapter: title, line } });
    }
  }
}
