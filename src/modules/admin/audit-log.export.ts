import { Readable } from 'node:stream';
import type { AuditFilter, AuditLog, AuditRecord } from '../../platform/audit/index.js';
import { type EventStreams, httpErrors } from '../../platform/http/index.js';
import type { AdminConfig } from './admin.config.js';
import { adminErrors } from './admin.errors.js';
import { csvCells, csvHeader } from './audit-log.views.js';
import { byteOrderMark, csvLine } from './csv.domain.js';

interface ExportDeps {
  readonly auditLog: AuditLog;
  readonly streams: EventStreams;
  readonly config: Pick<AdminConfig, 'exportSecondsMax' | 'exportsMax'>;
}

const pageRecords = 100;
const bufferedBytes = 65_536;
const retryAfterSeconds = 30;

/** Exports as streams: the next page is read when the client has taken the last one. */
export class AuditLogExport {
  readonly #deps: ExportDeps;
  #running = 0;

  constructor(deps: ExportDeps) {
    this.#deps = deps;
  }

  /**
   * The records as CSV, newest first. It ends with an error, and so visibly incomplete, when it takes too long, when
   * the server stops and when the database fails; what fails for the first page is raised here. Raises 503
   * `exports-busy` when as many run as may.
   */
  async open(filter: AuditFilter): Promise<Readable> {
    const { exportsMax: max } = this.#deps.config;
    if (this.#running >= max) {
      throw adminErrors.exportsBusy({ params: { max, seconds: retryAfterSeconds }, retryAfterSeconds });
    }
    this.#running += 1;
    try {
      const first = await this.#page(filter, undefined);
      const lines = Readable.from(this.#lines(filter, first), {
        objectMode: false,
        highWaterMark: bufferedBytes,
      });
      this.#bound(lines);
      return lines;
    } catch (error) {
      this.#running -= 1;
      throw error;
    }
  }

  #bound(lines: Readable): void {
    const { streams, config } = this.#deps;
    const tooLong = () => lines.destroy(httpErrors.tookTooLong());
    const timer = setTimeout(tooLong, config.exportSecondsMax * 1000).unref();
    const release = streams.stopWith(() => lines.destroy(httpErrors.overloaded({ retryAfterSeconds })));
    lines.once('close', () => {
      clearTimeout(timer);
      release();
      this.#running -= 1;
    });
  }

  async *#lines(filter: AuditFilter, first: readonly AuditRecord[]): AsyncGenerator<string> {
    yield byteOrderMark + csvLine(csvHeader);
    let page = first;
    while (page.length > 0) {
      for (const record of page) yield csvLine(csvCells(record));
      page = page.length < pageRecords ? [] : await this.#page(filter, page.at(-1));
    }
  }

  #page(filter: AuditFilter, after: AuditRecord | undefined): Promise<AuditRecord[]> {
    return this.#deps.auditLog.list(filter, { limit: pageRecords, after });
  }
}
