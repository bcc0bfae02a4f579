import type { AuditFilter, AuditLog, AuditRecord } from '../../platform/audit/index.js';
import { byteOrderMark, csvLine } from '../../platform/http/index.js';
import { csvCells, csvHeader } from './audit-log.views.js';

const pageRecords = 100;

/** The records as CSV, newest first, a page at a time. */
export async function* auditLogLines(auditLog: AuditLog, filter: AuditFilter): AsyncGenerator<string> {
  const readPage = (after: AuditRecord | undefined) => auditLog.list(filter, { limit: pageRecords, after });
  let page = await readPage(undefined);
  yield byteOrderMark + csvLine(csvHeader);
  while (page.length > 0) {
    for (const record of page) yield csvLine(csvCells(record));
    page = page.length < pageRecords ? [] : await readPage(page.at(-1));
  }
}
