import { databaseErrors } from './database.errors.js';
import type { ConnectionCounts, Engine } from './engine.js';
import { FolderSource, MemorySource } from './pglite-folder.js';
import { PgliteHost } from './pglite-host.js';
import { PgliteStream } from './pglite-stream.js';
import { Pool, type PoolParts } from './pool.js';

const noConnections: ConnectionCounts = { active: 0, idle: 0, waiting: 0, max: 1 };

/** PostgreSQL in a thread of this process: one connection, which all callers share in turn. */
export class PgliteEngine implements Engine {
  readonly kind = 'pglite';
  readonly #parts: PoolParts;
  readonly #dataDir: string | undefined;
  #running: { pool: Pool; host: PgliteHost; folder: FolderSource | undefined } | undefined;

  /** Without `dataDir` the database is in memory and ends with the engine. */
  constructor(dataDir: string | undefined, parts: PoolParts) {
    this.#dataDir = dataDir;
    this.#parts = parts;
  }

  async open(signal: AbortSignal): Promise<void> {
    const folder = this.#dataDir === undefined ? undefined : new FolderSource(this.#dataDir);
    await folder?.lock();
    const host = new PgliteHost(folder ?? new MemorySource());
    const stop = () => void host.terminate();
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      await host.start();
      const pool = this.#poolOver(host);
      (await pool.acquire()).release();
      this.#running = { pool, host, folder };
    } catch (cause) {
      await host.terminate();
      await folder?.unlock();
      throw this.#explained(cause);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async acquire() {
    if (!this.#running) throw databaseErrors.databaseUnavailable({ internal: 'the database is not open' });
    return this.#running.pool.acquire();
  }

  counts(): ConnectionCounts {
    return this.#running?.pool.counts() ?? noConnections;
  }

  async close(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    await running.pool.close();
    await running.host.close(this.#parts.config.closeTimeoutMs);
    await running.folder?.unlock();
  }

  #poolOver(host: PgliteHost): Pool {
    return new Pool(
      {
        client: { user: 'postgres', database: 'postgres' },
        connectionsMax: 1,
        idleTimeoutMs: 0,
        lifetimeSeconds: 0,
        deadlineMs: this.#parts.config.statementTimeoutMs,
        stream: () => new PgliteStream(host),
      },
      this.#parts,
    );
  }

  #explained(cause: unknown): Error {
    const words = cause instanceof Error ? cause.message : String(cause);
    const where = this.#dataDir === undefined ? 'in memory' : `in ${this.#dataDir}`;
    return new Error(`the embedded database ${where} can't be opened: ${words}`, { cause });
  }
}
