import type { AppError } from '../../../platform/errors/index.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { EpubRefusal } from './epub/epub-refusal.js';
import type { BookRefusal } from './read-book.domain.js';

/** The problem for a file that cannot be imported. */
export function refusalProblem(
  refusal: BookRefusal | EpubRefusal,
  limits: BookstoreConfig['import'],
): AppError {
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
    case 'not-epub':
      return bookstoreErrors.importNotEpub();
    case 'epub-protected':
      return bookstoreErrors.importEpubProtected();
    case 'epub-damaged':
      return bookstoreErrors.importEpubDamaged({ params: { file: shown(refusal.file) } });
    case 'epub-incomplete':
      return bookstoreErrors.importEpubIncomplete({ params: { file: shown(refusal.file) } });
    case 'epub-too-large': {
      const { epubEntriesMax: entries, epubUnpackedBytesMax: bytes } = limits;
      return bookstoreErrors.importEpubTooLarge({ params: { entries, bytes } });
    }
    case 'epub-chapter-too-long': {
      const params = {
        chapter: refusal.title,
        file: shown(refusal.file),
        limit: limits.chapterCharactersMax,
      };
      return bookstoreErrors.importEpubChapterTooLong({ params, extensions: { chapter: refusal.title } });
    }
  }
}

/** A name within the file, which may be anything; none when the directory of the archive itself is broken. */
function shown(file: string): string {
  const line = file.replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ').slice(0, 100);
  return line === '' ? 'ZIP' : line;
}
