import type { DemoLibrary } from './bookstore.port.js';
import { demoBook } from './demo/demo-book.js';
import type { BookImportService } from './import/import.service.js';

/** Puts the book that ships with the platform on the shelf, by the way any book takes. */
export class DemoLibraryService implements DemoLibrary {
  readonly #imports: BookImportService;
  readonly #authorUsername: string;

  constructor(imports: BookImportService, authorUsername: string) {
    this.#imports = imports;
    this.#authorUsername = authorUsername;
  }

  async seed(): Promise<{ bookId: string; created: boolean }> {
    const { text, ...traits } = demoBook;
    const source = { file: new TextEncoder().encode(text) };
    const { bookId, created } = await this.#imports.importForLogin(this.#authorUsername, source, {}, traits);
    return { bookId, created };
  }
}
