export { type IdempotencyConfig, idempotencyConfig } from './idempotency.config.js';
export { idempotencyErrors } from './idempotency.errors.js';
export { idempotencyMigrations } from './idempotency.migrations.js';
export { Idempotency, IdempotencyService, type OnceRequest } from './idempotency.service.js';
export { type Once, plainOnce } from './once.js';
