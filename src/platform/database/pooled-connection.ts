import pg from 'pg';
import type { DatabaseConfig } from './database.config.js';
import { databaseErrors, endsConnection, isStalePlan } from './database.errors.js';
import type { DatabaseMetrics } from './database.metrics.js';
import type { Connection, QueryAnswer } from './engine.js';
import type { Statements } from './statements.js';

interface Parts {
  readonly client: pg.PoolClient;
  readonly config: DatabaseConfig;
  readonly metrics: DatabaseMetrics;
  readonly statements: Statements;
  readonly answered: () => void;
  readonly deadlineMs: number;
  readonly isLost: () => boolean;
  readonly released: () => void;
}

/** The driver gives this failure no code. */
const deadlineMessage = 'Query read timeout';
const statementCancelled = '57014';

export class PooledConnection implements Connection {
  readonly #parts: Parts;
  #broken = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get usable(): boolean {
    return !this.#broken && !this.#parts.isLost();
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    try {
      return await this.#query(sql, parameters);
    } catch (error) {
      // Nothing has happened yet, and within a transaction nothing more can.
      if (isStalePlan(error) && this.#parts.client.getTransactionStatus() === 'I') {
        return await this.#query(sql, parameters);
      }
      throw error;
    }
  }

  script(sql: string, { timeoutMs = this.#parts.deadlineMs }: { timeoutMs?: number } = {}) {
    const word = /^\w+/.exec(sql)?.[0] ?? '';
    const operation = ['begin', 'commit', 'rollback'].includes(word) ? word : 'script';
    return this.#run(operation, 'none', sql, { text: sql, query_timeout: timeoutMs });
  }

  release(): void {
    const { client, released } = this.#parts;
    released();
    // Nobody may inherit an open transaction.
    client.release(!this.usable || client.getTransactionStatus() !== 'I');
  }

  #query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    const { statements, deadlineMs } = this.#parts;
    const { operation, table, name } = statements.describe(sql);
    return this.#run(operation, table, sql, {
      text: sql,
      values: [...parameters],
      queryMode: 'extended',
      query_timeout: deadlineMs,
      ...(name !== undefined && { name }),
    });
  }

  async #run(operation: string, table: string, sql: string, query: pg.QueryConfig & Record<string, unknown>) {
    const { client, metrics, statements, answered } = this.#parts;
    if (!this.usable) throw this.#unavailable('the connection was lost before this statement');
    const startedAt = performance.now();
    try {
      const answer = await client.query(query);
      answered();
      metrics.succeeded(operation, table, (performance.now() - startedAt) / 1000);
      return last(answer);
    } catch (error) {
      if (isStalePlan(error)) statements.renew(sql);
      const { code, failure } = this.#explain(error);
      metrics.failed(operation, table, (performance.now() - startedAt) / 1000, code);
      throw failure;
    }
  }

  #explain(error: unknown): { code: string; failure: unknown } {
    if (error instanceof pg.DatabaseError) {
      const code = error.code ?? 'unknown';
      if (endsConnection(error)) {
        this.#broken = true;
        return { code, failure: this.#unavailable(error.message, error) };
      }
      return { code, failure: code === statementCancelled ? this.#timeout(error.message, error) : error };
    }
    if (error instanceof Error && error.message === deadlineMessage) {
      this.#broken = true;
      return { code: 'deadline', failure: this.#timeout('the statement passed its deadline', error) };
    }
    if (this.#parts.isLost()) {
      this.#broken = true;
      const words = error instanceof Error ? error.message : String(error);
      return { code: 'connection_lost', failure: this.#unavailable(words, error) };
    }
    // A value that can't be sent or read: the connection itself is fine.
    return { code: 'client', failure: error };
  }

  #timeout(internal: string, cause: unknown) {
    const { retryAfterSeconds } = this.#parts.config;
    return databaseErrors.databaseTimeout({ internal, cause, retryAfterSeconds });
  }

  #unavailable(internal: string, cause?: unknown) {
    const { retryAfterSeconds } = this.#parts.config;
    return databaseErrors.databaseUnavailable({ internal, cause, retryAfterSeconds });
  }
}

/** A script answers with a list, one for each statement. */
function last(answer: pg.QueryResult | pg.QueryResult[]): QueryAnswer {
  const result = Array.isArray(answer) ? answer.at(-1) : answer;
  return { rows: result?.rows ?? [], command: result?.command ?? '', rowCount: result?.rowCount ?? null };
}
