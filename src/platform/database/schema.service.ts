import { type BaseService, type Clock, type Health, healthy } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { DatabaseConfig } from './database.config.js';
import type { Database } from './database.js';
import { checkSchema, migrate } from './migrate.js';
import type { Migration } from './migration.js';
import { MigratedSchema, type Schema } from './schema-rebuild.js';

export interface SchemaServiceOptions {
  readonly database: Database;
  /** Those of all modules, in any order. */
  readonly migrations: readonly Migration[];
  readonly config: DatabaseConfig;
  /** Name of this instance, for those who wait for it. */
  readonly holder: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Brings the schema up to date before any module starts, and notices when another release moves it too far. */
export class SchemaService implements BaseService {
  readonly name = 'schema';
  readonly version = '1.0.0';
  /** Steps that this start applied. */
  applied: readonly string[] = [];
  readonly schema: Schema;
  readonly #options: SchemaServiceOptions;

  constructor(options: SchemaServiceOptions) {
    this.#options = options;
    const { migrations, clock, config } = options;
    this.schema = new MigratedSchema(migrations, {
      clock,
      statementTimeoutMs: config.migrationStatementTimeoutMs,
    });
  }

  async initialize(): Promise<void> {
    const { database, migrations, config, clock, log, holder } = this.#options;
    const { applied } = await migrate(database, migrations, { clock, log, holder, limits: config });
    this.applied = applied;
  }

  async health(): Promise<Health> {
    const { database, migrations } = this.#options;
    await checkSchema(database, migrations);
    return healthy;
  }

  async close(): Promise<void> {}
}
