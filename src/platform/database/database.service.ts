import { AppError } from '../errors/index.js';
import { type BaseService, type Clock, type Health, healthy } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import type { DatabaseConfig } from './database.config.js';
import type { Database } from './database.js';
import { DatabaseMetrics } from './database.metrics.js';
import type { Engine } from './engine.js';
import { PgliteEngine } from './pglite-engine.js';
import type { PoolParts } from './pool.js';
import { PostgresEngine } from './postgres-engine.js';
import { SqlDatabase } from './sql-database.js';
import { Statements } from './statements.js';

export interface DatabaseServiceOptions {
  readonly config: DatabaseConfig & {
    /** Where the embedded database lives: undefined keeps it in memory, which is for tests. */
    readonly dataDir: string | undefined;
  };
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A statement that ended this recently shows that the database lives, even when no connection is free. */
const recentMs = 10_000;

/** Opens the database, watches it and closes it. `database` is usable between `initialize` and `close`. */
export class DatabaseService implements BaseService {
  readonly name = 'database';
  readonly version = '1.0.0';
  readonly database: Database;
  readonly #engine: Engine;
  readonly #options: DatabaseServiceOptions;
  #lastAnswerAt = Number.NEGATIVE_INFINITY;

  constructor(options: DatabaseServiceOptions) {
    const { config, log } = options;
    this.#options = options;
    const metrics = new DatabaseMetrics(options.metrics, () => this.#engine.counts());
    const statements = new Statements({ prepare: config.prepareStatements });
    const answered = () => {
      this.#lastAnswerAt = performance.now();
    };
    const parts: PoolParts = { config, log, metrics, statements, answered };
    this.#engine =
      config.url === undefined
        ? new PgliteEngine(config.dataDir, parts)
        : new PostgresEngine(config.url, parts);
    this.database = new SqlDatabase(this.#engine, config, { log, metrics });
  }

  async initialize(signal: AbortSignal): Promise<void> {
    await this.#engine.open(signal);
  }

  async health(): Promise<Health> {
    const { healthTimeoutMs } = this.#options.config;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Health>((resolve) => {
      timer = setTimeout(() => resolve(this.#late()), healthTimeoutMs);
    });
    try {
      return await Promise.race([this.#ask(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async #ask(): Promise<Health> {
    try {
      const skewMs = await this.#clockSkewMs();
      if (skewMs <= this.#options.config.clockSkewMsMax) return healthy;
      return {
        status: 'degraded',
        detail: `the clocks of this machine and of the database server differ by ${Math.round(skewMs)} ms; windows and expiries shift by as much`,
      };
    } catch (error) {
      const words = error instanceof AppError || error instanceof Error ? error.message : String(error);
      return { status: 'unhealthy', detail: `the database does not answer: ${words}` };
    }
  }

  /** One real question. What the way to the server and back may account for is not skew. */
  async #clockSkewMs(): Promise<number> {
    const connection = await this.#engine.acquire();
    try {
      if (this.#engine.kind === 'pglite') {
        await connection.query('select 1', []);
        return 0;
      }
      const before = this.#options.clock.now().getTime();
      const { rows } = await connection.query('select clock_timestamp() as at', []);
      const after = this.#options.clock.now().getTime();
      const at = (rows[0].at as Date).getTime();
      return Math.max(0, before - at, at - after);
    } finally {
      connection.release();
    }
  }

  #late(): Health {
    const { healthTimeoutMs } = this.#options.config;
    const { active, max } = this.#engine.counts();
    const busy = active >= max && performance.now() - this.#lastAnswerAt < recentMs;
    return busy
      ? { status: 'degraded', detail: `no database connection came free within ${healthTimeoutMs} ms` }
      : { status: 'unhealthy', detail: `the database did not answer within ${healthTimeoutMs} ms` };
  }
}
