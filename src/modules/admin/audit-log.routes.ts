import {
  access,
  csvLine,
  decodeCursor,
  defineRoute,
  httpErrors,
  type Route,
  toPage,
} from '../../platform/http/index.js';
import { adminErrors } from './admin.errors.js';
import type { AdminService } from './admin.service.js';
import {
  AuditLogCursor,
  AuditLogFilters,
  AuditLogPage,
  AuditLogQuery,
  AuditVerification,
  recordExample,
} from './audit-log.schema.js';
import { csvCells, csvHeader, filterOf, recordView } from './audit-log.views.js';

const read = access.permission('audit.read');

export function auditLogRoutes(admin: AdminService): Route[] {
  return [listRecords(admin), exportRecords(admin), verifyLog(admin)];
}

function listRecords(admin: AdminService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/audit-logs',
    access: read,
    summary: 'Who did what, the newest first',
    query: AuditLogQuery,
    example: { query: { action: 'auth.account-created', limit: 20 } },
    responses: {
      200: {
        description: 'Records of the audit log',
        schema: AuditLogPage,
        example: { items: [recordExample], nextCursor: null },
      },
    },
    errors: [httpErrors.invalidCursor],
    handler: async ({ query: { limit, cursor, ...filters } }) => {
      const position = decodeCursor(cursor, AuditLogCursor);
      const after = position && { recordedAt: new Date(position[0]), id: position[1] };
      const records = await admin.auditRecords(filterOf(filters), { limit: limit + 1, after });
      return toPage(records, limit, {
        item: recordView,
        position: ({ recordedAt, id }) => [recordedAt.getTime(), id],
      });
    },
  });
}

function exportRecords(admin: AdminService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/audit-logs.csv',
    rateLimit: 'export',
    access: read,
    summary: 'The audit log as CSV, the newest first',
    description:
      'UTF-8 with a byte order mark, RFC 4180. A cell that a spreadsheet would take for a formula begins with an ' +
      'apostrophe. An answer that breaks off is incomplete: ask again with `to`.',
    query: AuditLogFilters,
    example: { query: { from: '2026-11-01T00:00:00Z' } },
    responses: {
      200: {
        description: 'All records that fit the filters',
        media: { type: 'text/csv', example: csvLine(csvHeader) + csvLine(csvCells(exampleRecord)) },
      },
    },
    errors: [httpErrors.exportsBusy],
    handler: async (request, reply) => {
      const lines = await admin.exportAuditRecords(filterOf(request.query));
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="audit-logs.csv"')
        .header('cache-control', 'no-store')
        .send(lines);
    },
  });
}

function verifyLog(admin: AdminService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/audit-logs/verify',
    access: read,
    summary: 'Whether the audit log is as it was sealed',
    description:
      'Compares every sealed record with its seal. Calls at once share one answer. A log too long for the time limit ' +
      'is verified by `qingyu verify`, which also finds an end that was cut off.',
    responses: {
      200: {
        description: 'What the comparison came to',
        schema: AuditVerification,
        example: { ok: true, checked: 128, unsealed: 1, head: { seal: 17, hash: 'ab'.repeat(32) } },
      },
    },
    errors: [adminErrors.auditVerifyTooLong],
    handler: () => admin.verifyAuditLog(),
  });
}

const exampleRecord = {
  ...{ requestId: recordExample.requestId, traceId: recordExample.traceId, action: recordExample.action },
  id: recordExample.id,
  recordedAt: new Date(recordExample.at),
  actor: { kind: 'user', userId: recordExample.actor.userId, address: recordExample.actor.address },
  target: recordExample.target,
  details: 'kept',
  ...{ before: null, after: recordExample.after, reason: null, detail: null },
} as const;
