import { databaseErrors } from './database.errors.js';
import type { ConnectionCounts, Engine } from './engine.js';
import { Pool, type PoolParts } from './pool.js';

const oldestVersion = 150_000;
/** The server ends a statement itself; the client's own deadline is for a server that vanished. */
const deadlineGraceMs = 2000;
const keepAliveDelayMs = 10_000;
const session = '-c timezone=UTC';

/** A PostgreSQL server, 15 or newer. */
export class PostgresEngine implements Engine {
  readonly kind = 'postgres';
  readonly #parts: PoolParts;
  readonly #url: string;
  #pool: Pool | undefined;

  constructor(url: string, parts: PoolParts) {
    this.#url = url;
    this.#parts = parts;
  }

  async open(signal: AbortSignal): Promise<void> {
    const { config } = this.#parts;
    const pool = new Pool(
      {
        client: {
          ...address(this.#url),
          keepAlive: true,
          keepAliveInitialDelayMillis: keepAliveDelayMs,
          statement_timeout: config.statementTimeoutMs,
          lock_timeout: config.lockTimeoutMs,
          idle_in_transaction_session_timeout: config.idleInTransactionTimeoutMs + deadlineGraceMs,
        },
        connectionsMax: config.poolMax,
        idleTimeoutMs: config.idleConnectionTimeoutMs,
        lifetimeSeconds: config.connectionLifetimeSeconds,
        deadlineMs: config.statementTimeoutMs + deadlineGraceMs,
      },
      this.#parts,
    );
    try {
      await refuseUnsuitableServer(pool);
      signal.throwIfAborted();
    } catch (error) {
      await pool.close();
      throw error;
    }
    this.#pool = pool;
  }

  async acquire() {
    if (!this.#pool) throw databaseErrors.databaseUnavailable({ internal: 'the database is not open' });
    return this.#pool.acquire();
  }

  counts(): ConnectionCounts {
    return this.#pool?.counts() ?? { active: 0, idle: 0, waiting: 0, max: this.#parts.config.poolMax };
  }

  async close(): Promise<void> {
    await this.#pool?.close();
    this.#pool = undefined;
  }
}

async function refuseUnsuitableServer(pool: Pool): Promise<void> {
  const connection = await pool.acquire();
  try {
    const { rows } = await connection.query(
      `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
      [],
    );
    const { version, encoding } = rows[0];
    if (version < oldestVersion) {
      throw new Error(
        `PostgreSQL 15 or newer is needed; the server of database.url is ${Math.floor(version / 10_000)}`,
      );
    }
    if (encoding !== 'UTF8') {
      throw new Error(
        `the database must have the encoding UTF8, this one has ${encoding}: create it with "encoding 'UTF8' template template0"`,
      );
    }
  } finally {
    connection.release();
  }
}

/** Options within the address are kept; those given beside it would replace ours. */
function address(url: string): { connectionString: string; options: string } {
  if (!URL.canParse(url)) return { connectionString: url, options: session };
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.delete('options');
  return { connectionString: parsed.href, options: given ? `${given} ${session}` : session };
}
