import type { Readable } from 'node:stream';
import type { Database } from '../../../platform/database/index.js';
import { byteOrderMark, csvLine, type Exports } from '../../../platform/http/index.js';
import { balancesOf } from '../coins.js';
import type { Balances } from '../wallet.port.js';
import { readPurses, readPursesAt } from '../wallet.repository.js';
import type { StatementFilter, StatementLine } from './statement.js';
import { listStatement } from './statement.repository.js';
import { csvCells, csvHeader } from './statement.views.js';

const csvPageLines = 100;

/** What a user reads of their own wallet. */
export class StatementService {
  readonly #database: Database;
  readonly #exports: Exports;

  constructor({ database, exports }: { database: Database; exports: Exports }) {
    this.#database = database;
    this.#exports = exports;
  }

  /** Now, or as it was at a moment. */
  async balances(userId: string, at: Date | undefined): Promise<Balances> {
    const read =
      at === undefined ? readPurses(this.#database, userId) : readPursesAt(this.#database, userId, at);
    return balancesOf(await read);
  }

  /** The newest first, after the transaction `beforeId`. */
  list(
    userId: string,
    filter: StatementFilter,
    page: { limit: number; beforeId: string | undefined },
  ): Promise<StatementLine[]> {
    return listStatement(this.#database, userId, filter, page);
  }

  /** All of it as CSV, with the memory of one page. Raises `exports-busy`. */
  export(userId: string, filter: StatementFilter): Promise<Readable> {
    return this.#exports.open(this.#csv(userId, filter));
  }

  async *#csv(userId: string, filter: StatementFilter): AsyncGenerator<string> {
    const readPage = (beforeId: string | undefined) =>
      this.list(userId, filter, { limit: csvPageLines, beforeId });
    let page = await readPage(undefined);
    yield byteOrderMark + csvLine(csvHeader);
    while (page.length > 0) {
      for (const line of page) yield csvLine(csvCells(line));
      page = page.length < csvPageLines ? [] : await readPage(page.at(-1)?.id);
    }
  }
}
