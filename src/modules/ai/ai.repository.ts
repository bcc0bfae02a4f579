import { type Database, type Tx, tables } from '../../platform/database/index.js';
import type { AiTables, CallRow } from './ai.tables.js';

export type NewCall = Pick<
  CallRow,
  'id' | 'user_id' | 'operation' | 'provider' | 'model' | 'truncated' | 'started_at' | 'ends_by'
>;

export type CallEnd = Pick<
  CallRow,
  | 'state'
  | 'finish_reason'
  | 'problem'
  | 'content'
  | 'prompt_tokens'
  | 'completion_tokens'
  | 'charged_tokens'
  | 'ended_at'
>;

export class CallRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(call: NewCall): Promise<void> {
    const row: CallRow = {
      ...call,
      state: 'running',
      content: '',
      finish_reason: null,
      problem: null,
      prompt_tokens: null,
      completion_tokens: null,
      charged_tokens: null,
      ended_at: null,
    };
    await tables<AiTables>(this.#database).insertInto('ai_calls').values(row).execute();
  }

  /** Writes the end once; a call that has ended keeps its first one. */
  async end(id: string, end: CallEnd): Promise<void> {
    await tables<AiTables>(this.#database)
      .updateTable('ai_calls')
      .set(end)
      .where('id', '=', id)
      .where('state', '=', 'running')
      .execute();
  }

  /** The user's own call; undefined for somebody else's. */
  find(userId: string, id: string): Promise<CallRow | undefined> {
    return tables<AiTables>(this.#database)
      .selectFrom('ai_calls')
      .selectAll()
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
  }

  /** The user's calls in the order of their ids, which is that of their starts. */
  page(userId: string, { after, limit }: { after: string | undefined; limit: number }): Promise<CallRow[]> {
    let query = tables<AiTables>(this.#database)
      .selectFrom('ai_calls')
      .selectAll()
      .where('user_id', '=', userId);
    if (after !== undefined) query = query.where('id', '>', after);
    return query.orderBy('id').limit(limit).execute();
  }

  /** A call that is running ends without leaving its text. */
  async deleteAll(tx: Tx, userId: string): Promise<void> {
    await tables<AiTables>(tx).deleteFrom('ai_calls').where('user_id', '=', userId).execute();
  }

  /** Rejects when calls can't be read. */
  async check(): Promise<void> {
    await tables<AiTables>(this.#database).selectFrom('ai_calls').select('id').limit(1).execute();
  }
}
