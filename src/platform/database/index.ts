export {
  Database,
  type DatabaseEngine,
  type Queryable,
  type Rollback,
  type TransactionOptions,
  type Tx,
  tables,
} from './database.js';
export type { Migration } from './migration.js';
