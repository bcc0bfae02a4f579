import {
  access,
  csvLine,
  decodeCursor,
  defineRoute,
  httpErrors,
  pageOf,
  type Route,
  toPage,
} from '../../../platform/http/index.js';
import type { StatementFilter } from './statement.js';
import {
  lineCursor,
  lineExample,
  lineSchema,
  type StatementFilters,
  statementFilters,
  statementQuery,
  walletExample,
  walletQuery,
  walletSchema,
} from './statement.schema.js';
import type { StatementService } from './statement.service.js';
import { csvHeader, lineView } from './statement.views.js';

export function statementRoutes(statement: StatementService): Route[] {
  return [readWallet(statement), listTransactions(statement), exportTransactions(statement)];
}

function readWallet(statement: StatementService): Route {
  return defineRoute({
    method: 'GET',
    path: '/wallet',
    access: access.user,
    summary: 'Read my wallet, now or at a moment',
    query: walletQuery,
    responses: { 200: { description: 'The balances', schema: walletSchema, example: walletExample } },
    handler: async ({ caller, query }) => {
      const at = query.at === undefined ? undefined : new Date(query.at);
      return { ...(await statement.balances(caller.userId, at)), currency: 'coin' };
    },
  });
}

function listTransactions(statement: StatementService): Route {
  return defineRoute({
    method: 'GET',
    path: '/wallet/transactions',
    access: access.user,
    summary: 'List what changed my wallet, the newest first',
    query: statementQuery,
    responses: {
      200: {
        description: 'A page of the statement',
        schema: pageOf(lineSchema),
        example: { items: [lineExample], nextCursor: null },
      },
    },
    errors: [httpErrors.invalidCursor],
    handler: async ({ caller, query: { limit, cursor, ...filters } }) => {
      const beforeId = decodeCursor(cursor, lineCursor)?.[0];
      const lines = await statement.list(caller.userId, filterOf(filters), { limit: limit + 1, beforeId });
      return toPage(lines, limit, { item: lineView, position: ({ id }) => [id] });
    },
  });
}

function exportTransactions(statement: StatementService): Route {
  return defineRoute({
    method: 'GET',
    path: '/wallet/transactions.csv',
    rateLimit: 'export',
    access: access.user,
    summary: 'My statement as CSV, the newest first',
    description: 'UTF-8 with a byte order mark, RFC 4180. An answer that breaks off is incomplete.',
    query: statementFilters,
    responses: {
      200: {
        description: 'All transactions that fit the filters',
        media: { type: 'text/csv', example: csvLine(csvHeader) },
      },
    },
    errors: [httpErrors.exportsBusy],
    handler: async ({ caller, query }, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="wallet.csv"')
        .header('cache-control', 'no-store')
        .send(await statement.export(caller.userId, filterOf(query))),
  });
}

function filterOf({ type, from, to }: StatementFilters): StatementFilter {
  return {
    type,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}
