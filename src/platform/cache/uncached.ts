import { cacheErrors } from './cache.errors.js';
import type { Cache, CacheNamespace, ChangeOutcome } from './cache.js';

const done = async (): Promise<ChangeOutcome> => 'done';
const absent = async () => undefined;
const nowhere = async () => {
  throw cacheErrors.cacheUnavailable();
};

/** No cache at all: every value comes from its source, each time. */
export const uncached: Cache = Object.freeze({
  namespace: <T>(): CacheNamespace<T> => ({
    peek: () => undefined,
    get: absent,
    getMany: async () => new Map<string, T>(),
    set: done,
    setMany: done,
    delete: done,
    deleteMany: done,
    deleteTags: done,
    clear: done,
    changed: absent,
    exists: async () => false,
    ttl: absent,
    increment: nowhere,
    decrement: nowhere,
    getOrLoad: async (key, loader) => loader({ key, signal: new AbortController().signal }),
  }),
});
