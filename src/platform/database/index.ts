export { type DatabaseConfig, databaseConfig } from './database.config.js';
export {
  databaseErrors,
  isCheckViolation,
  isDatabaseUnavailable,
  isForeignKeyViolation,
  isLockTimeout,
  isUniqueViolation,
} from './database.errors.js';
export {
  Database,
  type DatabaseEngine,
  type Queryable,
  type Rollback,
  type TransactionOptions,
  type Tx,
  tables,
} from './database.js';
export { DatabaseService, type DatabaseServiceOptions } from './database.service.js';
export { type MigrateOptions, type MigrationResult, migrate } from './migrate.js';
export type { Migration } from './migration.js';
export type { AppliedStep } from './migration-plan.js';
export { isRollback } from './open-transaction.js';
export { declareCursor, fetchRows } from './row-cursor.js';
export { SchemaService, type SchemaServiceOptions } from './schema.service.js';
export { Schema } from './schema-rebuild.js';
