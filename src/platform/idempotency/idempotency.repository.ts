import { sql } from 'kysely';
import { type Database, type Queryable, tables } from '../database/index.js';
import type { IdempotencyTables } from './idempotency.tables.js';

export interface KeyOf {
  readonly scope: string;
  readonly key: string;
}

export interface Claim extends KeyOf {
  readonly requestHash: Buffer;
  readonly now: Date;
  readonly expiresAt: Date;
  /** Of an effect outside of a transaction, which others may see running. */
  readonly running?: { readonly holder: string; readonly until: Date };
}

/** The end of a first request, as its repetitions find it. */
export interface Recorded {
  readonly requestHash: Buffer;
  readonly state: 'done' | 'too-large';
  /** JSON; null for a result of nothing. */
  readonly answer: string | null;
}

export type Found = Recorded | { readonly requestHash: Buffer; readonly state: 'running' };

export class IdempotencyRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes the key if nobody has it. It blocks while another transaction is taking it. A row past its end counts
   * as none; so does a running one of the same request whose holder's time is over.
   */
  async claim(claim: Claim, where: Queryable = this.#database): Promise<boolean> {
    const { scope, key, requestHash, now, expiresAt, running } = claim;
    const { rows } = await sql`
      insert into idempotency_keys as k (scope, key, request_hash, state, holder, running_until, expires_at)
      values (${scope}, ${key}, ${requestHash}, 'running', ${running?.holder ?? null}, ${running?.until ?? null}, ${expiresAt})
      on conflict (scope, key) do update set
        request_hash = excluded.request_hash, state = excluded.state, answer = null, holder = excluded.holder,
        running_until = excluded.running_until, expires_at = excluded.expires_at
      where k.expires_at <= ${now}
        or (k.state = 'running' and k.running_until <= ${now} and k.request_hash = excluded.request_hash)
      returning 1
    `.execute(tables(where));
    return rows.length === 1;
  }

  async find({ scope, key }: KeyOf, where: Queryable = this.#database): Promise<Found | undefined> {
    const row = await tables<IdempotencyTables>(where)
      .selectFrom('idempotency_keys')
      .select(['request_hash', 'state', 'answer'])
      .where('scope', '=', scope)
      .where('key', '=', key)
      .executeTakeFirst();
    return row && ({ requestHash: row.request_hash, state: row.state, answer: row.answer } as Found);
  }

  /** False when the key is no longer `holder`'s. */
  async record(
    { scope, key }: KeyOf,
    recorded: Recorded,
    where: Queryable,
    holder?: string,
  ): Promise<boolean> {
    const { numUpdatedRows } = await tables<IdempotencyTables>(where)
      .updateTable('idempotency_keys')
      .set({ state: recorded.state, answer: recorded.answer, holder: null, running_until: null })
      .where('scope', '=', scope)
      .where('key', '=', key)
      .where('state', '=', 'running')
      .where('holder', 'is not distinct from', holder ?? null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  /** Takes the key of a failed effect away, if it is still `holder`'s. */
  async withdraw({ scope, key }: KeyOf, holder: string): Promise<void> {
    await tables<IdempotencyTables>(this.#database)
      .deleteFrom('idempotency_keys')
      .where('scope', '=', scope)
      .where('key', '=', key)
      .where('state', '=', 'running')
      .where('holder', '=', holder)
      .execute();
  }

  /** Removes at most `rowsMax` keys past their end, oldest first; several instances may do so at once. */
  async removeExpired(now: Date, rowsMax: number): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from idempotency_keys
      where expires_at <= ${now} and (scope, key) in (
        select scope, key from idempotency_keys where expires_at <= ${now}
        order by expires_at limit ${rowsMax} for update skip locked
      )
    `.execute(tables(this.#database));
    return Number(numAffectedRows);
  }
}
