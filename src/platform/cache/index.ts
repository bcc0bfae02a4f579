export { type CacheConfig, cacheConfig } from './cache.config.js';
export { cacheErrors } from './cache.errors.js';
export type {
  CacheNamespace,
  Change,
  ChangeOutcome,
  LoadContext,
  Loader,
  LoadOptions,
  NamespaceOptions,
  StoreOptions,
  WarmUp,
} from './cache.js';
export { cacheMigrations } from './cache.migrations.js';
export { Cache } from './cache.port.js';
export { CacheService } from './cache.service.js';
export { CacheBoard, type CacheReport, type NamespaceReport } from './cache-board.js';
export { CacheWarmUp } from './cache-warm-up.js';
export { findOrigin, renewOrigin } from './change-tail.repository.js';
