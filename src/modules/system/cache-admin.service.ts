import type { Audit, AuditActor } from '../../platform/audit/index.js';
import type { CacheBoard } from '../../platform/cache/index.js';
import type { Database } from '../../platform/database/index.js';
import { httpErrors } from '../../platform/http/index.js';

interface CacheAdminDeps {
  readonly database: Database;
  readonly cache: CacheBoard;
  readonly audit: Audit;
}

/** What operators see of the caches and do to them. */
export class CacheAdminService {
  readonly #deps: CacheAdminDeps;

  constructor(deps: CacheAdminDeps) {
    this.#deps = deps;
  }

  describe() {
    const { namespaces, ...rest } = this.#deps.cache.report();
    return { ...rest, items: namespaces.map((one) => ({ ...one, hitRate: one.hitRate ?? null })) };
  }

  /** Empties a namespace, or all, on every instance. Raises `not-found` for one that there is not. */
  async clear(namespace: string | undefined, actor: AuditActor): Promise<void> {
    const { database, cache, audit } = this.#deps;
    const cleared = await database.withTransaction({ name: 'clear-cache' }, async (tx) => {
      const found = await cache.clear(tx, namespace);
      const target = { type: 'cache', id: namespace ?? 'all' };
      if (found) await audit.record(tx, { action: 'system.cache-cleared', actor, target });
      return found;
    });
    if (!cleared) throw httpErrors.notFound();
  }
}
