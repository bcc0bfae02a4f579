import { port } from '../kernel/index.js';
import type { Cache as CachePort } from './cache.js';
import { uncached } from './uncached.js';

export type Cache = CachePort;

/** Who can live without a cache takes it as optional: where nobody provides it, values come from their source. */
export const Cache = port<Cache>('cache', { whenAbsent: uncached });
