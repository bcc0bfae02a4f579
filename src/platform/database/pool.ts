import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Logger } from '../logger/index.js';
import type { DatabaseConfig } from './database.config.js';
import { databaseErrors } from './database.errors.js';
import type { DatabaseMetrics } from './database.metrics.js';
import type { Connection, ConnectionCounts } from './engine.js';
import { PooledConnection } from './pooled-connection.js';
import type { Statements } from './statements.js';
import { valueTypes } from './value-types.js';

export interface PoolParts {
  readonly config: DatabaseConfig;
  readonly log: Logger;
  readonly metrics: DatabaseMetrics;
  readonly statements: Statements;
  /** Called whenever the database answered a statement. */
  readonly answered: () => void;
}

export interface PoolTarget {
  /** Address, user, limits of the server side. */
  readonly client: pg.ClientConfig;
  readonly connectionsMax: number;
  readonly idleTimeoutMs: number;
  readonly lifetimeSeconds: number;
  /** A client ends a statement that takes longer, by ending its connection. */
  readonly deadlineMs: number;
  /** Transport of a connection when it is not a socket. */
  readonly stream?: () => Duplex;
}

/** Connections by node-postgres: to a server, or to the embedded database, which speaks the same protocol. */
export class Pool {
  readonly #pool: pg.Pool;
  readonly #parts: PoolParts;
  readonly #target: PoolTarget;
  readonly #lost = new WeakSet<pg.PoolClient>();
  readonly #inUse = new Set<pg.PoolClient>();

  constructor(target: PoolTarget, parts: PoolParts) {
    this.#parts = parts;
    this.#target = target;
    this.#pool = new pg.Pool({
      ...target.client,
      application_name: 'qingyu',
      types: valueTypes,
      max: target.connectionsMax,
      connectionTimeoutMillis: parts.config.acquireTimeoutMs,
      idleTimeoutMillis: target.idleTimeoutMs,
      maxLifetimeSeconds: target.lifetimeSeconds,
      ...(target.stream && { stream: target.stream }),
    });
    this.#pool.on('connect', (client) => this.#watch(client));
    this.#pool.on('error', (err) => parts.log.warn({ err }, 'an idle database connection was lost'));
  }

  async acquire(): Promise<Connection> {
    const { config, metrics } = this.#parts;
    if (this.#pool.waitingCount >= config.poolQueueMax) {
      metrics.refused('pool_queue_full');
      throw this.#unavailable(`${this.#pool.waitingCount} callers already wait for a connection`);
    }
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (cause) {
      const full = this.#pool.totalCount >= this.#target.connectionsMax;
      metrics.refused(full ? 'pool_timeout' : 'connect');
      throw this.#unavailable(
        full
          ? `no connection came free within ${config.acquireTimeoutMs} ms`
          : `no connection to the database: ${wordsOf(cause)}`,
        cause,
      );
    }
    this.#inUse.add(client);
    return new PooledConnection({
      ...this.#parts,
      client,
      deadlineMs: this.#target.deadlineMs,
      isLost: () => this.#lost.has(client),
      released: () => this.#inUse.delete(client),
    });
  }

  counts(): ConnectionCounts {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return {
      active: totalCount - idleCount,
      idle: idleCount,
      waiting: waitingCount,
      max: this.#target.connectionsMax,
    };
  }

  /** Waits for connections in use to come back, then cuts those that did not. */
  async close(): Promise<void> {
    const cut = setTimeout(() => {
      for (const client of this.#inUse) void client.end();
    }, this.#parts.config.closeTimeoutMs);
    try {
      await this.#pool.end();
    } finally {
      clearTimeout(cut);
    }
  }

  /** Without a listener of its own the error of a connection in use would end the process. */
  #watch(client: pg.PoolClient): void {
    client.on('error', () => this.#lost.add(client));
    client.on('end', () => this.#lost.add(client));
  }

  #unavailable(internal: string, cause?: unknown) {
    return databaseErrors.databaseUnavailable({
      internal,
      cause,
      retryAfterSeconds: this.#parts.config.retryAfterSeconds,
    });
  }
}

/** Connection errors to several addresses come as an AggregateError without words of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
