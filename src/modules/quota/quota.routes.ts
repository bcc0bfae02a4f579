import Type from 'typebox';
import {
  access,
  decodeCursor,
  defineRoute,
  pageOf,
  pageQuery,
  type Route,
  toPage,
} from '../../platform/http/index.js';
import { historyEntryExample, historyEntrySchema, quotaExample, quotaSchema } from './quota.schema.js';
import type { QuotaService } from './quota.service.js';

const position = Type.Tuple([Type.String({ format: 'uuid' })]);

export function quotaRoutes(quota: Pick<QuotaService, 'read' | 'history'>): readonly Route[] {
  return [readQuota(quota), listTransactions(quota)];
}

function readQuota(quota: Pick<QuotaService, 'read'>): Route {
  return defineRoute({
    method: 'GET',
    path: '/ai/quota',
    access: access.user,
    summary: 'Read my AI quota',
    description: 'Sums and grants of the current day in Shanghai, right at this moment.',
    responses: {
      200: { description: 'The quota', schema: quotaSchema, example: quotaExample },
    },
    handler: ({ caller }) => quota.read(caller.userId, caller.roles),
  });
}

function listTransactions(quota: Pick<QuotaService, 'history'>): Route {
  return defineRoute({
    method: 'GET',
    path: '/ai/quota/transactions',
    access: access.user,
    summary: 'List what changed my AI quota',
    description: 'Grants and charges, newest first.',
    query: pageQuery(),
    responses: {
      200: {
        description: 'A page of the history',
        schema: pageOf(historyEntrySchema),
        example: { items: [historyEntryExample], nextCursor: null },
      },
    },
    handler: async ({ caller, query }) => {
      const beforeId = decodeCursor(query.cursor, position)?.[0];
      const entries = await quota.history(caller.userId, { limit: query.limit + 1, beforeId });
      return toPage(entries, query.limit, { item: (entry) => entry, position: (entry) => [entry.id] });
    },
  });
}
