import type { Static } from 'typebox';
import { actorOf } from '../../platform/audit/index.js';
import { access, defineRoute, httpErrors, type Route } from '../../platform/http/index.js';
import { CacheAnswer, CacheQuery } from './cache.schema.js';
import type { CacheAdminService } from './cache-admin.service.js';

const noReads = { hit: 0, miss: 0, stale: 0, negative: 0, error: 0 };

const example: Static<typeof CacheAnswer> = {
  redis: 'up',
  changesBy: 'redis',
  loadsRunning: 0,
  loadsWaiting: 0,
  items: [
    {
      ...{
        name: 'books',
        entries: 812,
        entriesMax: 10_000,
        bytes: 921_004,
        bytesMax: 16_777_216,
        evictions: 0,
      },
      hitRate: 0.97,
      reads: {
        memory: { ...noReads, hit: 40_310, miss: 3_102 },
        redis: { ...noReads, hit: 1_806, miss: 1_296 },
        source: { ...noReads, hit: 1_290, negative: 6 },
      },
      ...{ loads: 1_296, loadSeconds: 3.1, coalesced: 211, superseded: 2, pendingChanges: 0 },
    },
  ],
};

export function cacheRoutes(cache: CacheAdminService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/admin/system/cache',
      access: access.permission('system.read'),
      summary: 'The caches: hit rates, sizes, loads',
      description: 'Counts are those of this instance since its start.',
      responses: { 200: { description: 'All namespaces', schema: CacheAnswer, example } },
      handler: () => cache.describe(),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/admin/system/cache',
      access: access.permission('system.manage'),
      summary: 'Empty a cache',
      description:
        'On every instance. Nothing is lost by it: what is asked for next comes from its source, which is slower for a while.',
      query: CacheQuery,
      example: { query: { namespace: 'books' } },
      responses: { 204: { description: 'Emptied' } },
      errors: [httpErrors.notFound],
      handler: async (request, reply) => {
        await cache.clear(request.query.namespace, actorOf(request));
        return reply.code(204).send();
      },
    }),
  ];
}
