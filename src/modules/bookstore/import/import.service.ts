import { createHash } from 'node:crypto';
import type { Database } from '../../../platform/database/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { Account, Accounts } from '../../auth/index.js';
import { findImportedBook, insertImportedBook, type NewBook } from '../book.repository.js';
import type { BookCache } from '../book-cache.js';
import type { BookstoreConfig } from '../bookstore.config.js';
import { offerOf } from '../bookstore.domain.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import type { BookstoreMetrics } from '../bookstore.metrics.js';
import type { BookStatus } from '../bookstore.port.js';
import { insertChapters, type NewChapter } from '../chapter.repository.js';
import type { BookSearch } from '../search/book-search.js';
import { batchesOf } from './batches.domain.js';
import { isArchive, readEpub } from './epub/read-epub.js';
import { type PlannedBook, readBook } from './read-book.domain.js';
import { refusalProblem } from './refusal.js';
import { titleFor } from './title.domain.js';

export interface BookFile {
  readonly file: Uint8Array;
  /** As the client named it; its stem is the title of last resort. */
  readonly fileName?: string | undefined;
  /** Overrules the title found in the file. */
  readonly title?: string | undefined;
}

export interface BookTraits {
  readonly category?: string;
  readonly tags: readonly string[];
  readonly status: BookStatus;
}

export interface ImportRun {
  /** Ends the import between two steps; nothing of it is kept then. */
  readonly signal?: AbortSignal;
  progress?(step: { label: string; done: number; total: number }): void;
}

export interface BookPreview extends PlannedBook {
  readonly title: string;
}

export interface ImportedBook {
  readonly bookId: string;
  readonly title: string;
  readonly chapters: number;
  /** False when the same file under the same title was there already: it is answered, not repeated. */
  readonly created: boolean;
}

interface ImportDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly search: BookSearch;
  readonly cache: BookCache;
  readonly config: BookstoreConfig;
  readonly log: Logger;
  readonly metrics: BookstoreMetrics;
}

const newlyImported: BookTraits = { tags: [], status: 'serialising' };
const hashSliceBytes = 8 * 1024 * 1024;
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Turns files into books. A file is refused with a 422 that says why, and nothing of it is kept. */
export class BookImportService {
  readonly #deps: ImportDeps;

  constructor(deps: ImportDeps) {
    this.#deps = deps;
  }

  /** The split as it would be saved; changes nothing. */
  async preview(source: BookFile): Promise<BookPreview> {
    const { config, metrics } = this.#deps;
    const result = await readFile(source.file, config.import);
    if (!result.ok) {
      metrics.imports.inc({ outcome: 'refused' });
      throw refusalProblem(result.refusal, config.import);
    }
    return { ...result.book, title: titleFor(source, result.book.title) };
  }

  /** Imports for the account with this id, which becomes an author by its first book. */
  async importFor(userId: string, source: BookFile, run: ImportRun = {}): Promise<ImportedBook> {
    const account = await this.#deps.accounts.get(userId);
    if (!account) throw new Error('the account that imports a book is gone');
    return this.#import(account, source, newlyImported, run);
  }

  /** Imports for the account with this username or e-mail; raises `import-author-unknown` when there is none. */
  async importForLogin(login: string, source: BookFile, run: ImportRun = {}, traits = newlyImported) {
    const account = await this.#deps.accounts.findByLogin(login);
    if (!account) throw bookstoreErrors.importAuthorUnknown({ params: { login } });
    return this.#import(account, source, traits, run);
  }

  async #import(
    account: Account,
    source: BookFile,
    traits: BookTraits,
    run: ImportRun,
  ): Promise<ImportedBook> {
    const { db, log, metrics } = this.#deps;
    const book = await this.preview(source);
    run.progress?.({
      label: `reading (${book.encoding})`,
      done: book.chapters.length,
      total: book.chapters.length,
    });
    const importKey = await keyOf(book.title, source.file);
    const bookId = await this.#save(account, book, { ...traits, importKey }, run);
    if (bookId === undefined) {
      const earlier = await findImportedBook(db, account.id, importKey);
      if (!earlier) throw new Error('the import that came first is gone again');
      metrics.imports.inc({ outcome: 'repeated' });
      return { bookId: earlier.id, title: earlier.title, chapters: earlier.chapterCount, created: false };
    }
    metrics.imports.inc({ outcome: 'imported' });
    log.info({ bookId, chapters: book.chapters.length, encoding: book.encoding }, 'book imported');
    return { bookId, title: book.title, chapters: book.chapters.length, created: true };
  }

  /** The whole book in one transaction; nothing when the same is there already. */
  async #save(
    account: Account,
    book: BookPreview,
    traits: BookTraits & { importKey: string },
    run: ImportRun,
  ): Promise<string | undefined> {
    const { db, clock, accounts, cache, config, search } = this.#deps;
    const now = clock.now();
    const row = bookRow(account, book, traits, newId(now));
    const chapters = book.chapters.map(
      (chapter): NewChapter => ({
        ...chapter,
        ...offerOf(chapter, config),
        id: newId(now),
        volume: chapter.volume,
      }),
    );
    return db.withTransaction({ name: 'import-book' }, async (tx) => {
      if (!account.roles.includes('author')) await accounts.grantRole(tx, account.id, 'author');
      if (!(await insertImportedBook(tx, row, now))) return tx.rollback(undefined);
      await search.index(tx, row.id);
      let done = 0;
      for (const batch of batchesOf(chapters)) {
        run.signal?.throwIfAborted();
        await insertChapters(tx, row.id, batch, now);
        done += batch.length;
        run.progress?.({ label: 'saving chapters', done, total: chapters.length });
      }
      await cache.changed(tx, [row.id]);
      return row.id;
    });
  }
}

function readFile(file: Uint8Array, config: BookstoreConfig['import']) {
  if (!isArchive(file)) return readBook(file, config, breathe);
  const { epubEntriesMax: entriesMax, epubUnpackedBytesMax: unpackedBytesMax } = config;
  return readEpub(file, { ...config, entriesMax, unpackedBytesMax }, breathe);
}

function bookRow(
  account: Account,
  book: BookPreview,
  { importKey, ...traits }: BookTraits & { importKey: string },
  id: string,
): NewBook {
  return {
    id,
    authorId: account.id,
    authorName: book.author ?? account.nickname,
    title: book.title,
    introduction: book.introduction ?? '',
    category: traits.category,
    tags: traits.tags,
    status: traits.status,
    wordCount: book.chapters.reduce((sum, chapter) => sum + chapter.wordCount, 0),
    chapterCount: book.chapters.length,
    importKey,
  };
}

/** The same file under the same title is the same book. */
async function keyOf(title: string, file: Uint8Array): Promise<string> {
  const hash = createHash('sha256').update(title).update('\0');
  for (let at = 0; at < file.length; at += hashSliceBytes) {
    hash.update(file.subarray(at, at + hashSliceBytes));
    await breathe();
  }
  return hash.digest('hex');
}
