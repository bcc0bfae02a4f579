import type { DatabaseEngine } from './database.js';

export interface ConnectionCounts {
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
}

export interface QueryAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: the query builder knows the shape of a row, the wire does not.
  readonly rows: any[];
  /** `INSERT`, `UPDATE`, `SELECT` ... */
  readonly command: string;
  readonly rowCount: number | null;
}

export interface Connection {
  /** False once it is lost, or in a state nobody knows; further statements fail at once. */
  readonly usable: boolean;
  /** One statement with parameters. Statements of one connection must not overlap. */
  query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer>;
  /** SQL without parameters, several statements at will. */
  script(sql: string, options?: { readonly timeoutMs?: number }): Promise<QueryAnswer>;
  /** Gives the connection back, or discards it when it is not usable. Call once. */
  release(): void;
}

/** One way to reach a PostgreSQL: over the network, or embedded in a thread of this process. */
export interface Engine {
  readonly kind: DatabaseEngine;
  /** Connects, or opens the folder. Leaves nothing behind when it throws or `signal` aborts. */
  open(signal: AbortSignal): Promise<void>;
  /** A connection for exclusive use. Waits for a bounded time, in a bounded queue; then `databaseUnavailable`. */
  acquire(): Promise<Connection>;
  counts(): ConnectionCounts;
  /** Lets running statements finish within a time limit, then ends all connections. */
  close(): Promise<void>;
}
