import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { QueryAnswer } from './engine.js';

/** Runs one statement at a time. */
export interface StatementRunner {
  query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer>;
}

/** Where the builder's statements go: `take` is asked before each one, `giveBack` after it. */
export interface RunnerSource {
  take(): Promise<StatementRunner>;
  giveBack(runner: StatementRunner): void;
}

const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

// biome-ignore lint/suspicious/noExplicitAny: the tables are stated where the builder is used.
export function queryBuilder(source: RunnerSource): Kysely<any> {
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new RunnerDriver(source),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely({ dialect });
}

class RunnerConnection implements DatabaseConnection {
  constructor(readonly runner: StatementRunner) {}

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, command, rowCount } = await this.runner.query(sql, parameters);
    return changing.has(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
  }

  // biome-ignore lint/correctness/useYield: it refuses.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are not streamed: read them in pages, by a cursor of your own');
  }
}

class RunnerDriver implements Driver {
  readonly #source: RunnerSource;

  constructor(source: RunnerSource) {
    this.#source = source;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<RunnerConnection> {
    return new RunnerConnection(await this.#source.take());
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#source.giveBack((connection as RunnerConnection).runner);
  }

  beginTransaction(): Promise<void> {
    throw new Error('transactions are opened by database.withTransaction only');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async destroy(): Promise<void> {}
}
