import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { BookstoreTables } from '../bookstore.tables.js';

/** What a chapter read like before an edit. */
export interface Revision {
  readonly version: number;
  readonly title: string;
  readonly wordCount: number;
  readonly replacedAt: Date;
}

/** Keeps what a chapter reads now, and the newest `keep` revisions of it. */
export async function keepRevision(tx: Tx, chapterId: string, now: Date, keep: number): Promise<void> {
  const db = tables<BookstoreTables>(tx);
  await sql`
    insert into chapter_revisions (chapter_id, version, title, text, word_count, replaced_at)
    select chapters.id, version, title, text, word_count, ${now}::timestamptz
    from chapters join chapter_texts on chapter_id = chapters.id where chapters.id = ${chapterId}`.execute(
    db,
  );
  await sql`
    delete from chapter_revisions where chapter_id = ${chapterId} and version <= (
      select version from chapter_revisions where chapter_id = ${chapterId}
      order by version desc offset ${keep} limit 1)`.execute(db);
}

/** The newest first, behind the one of the version `before`. */
export async function listRevisions(
  where: Queryable,
  chapterId: string,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<Revision[]> {
  let query = tables<BookstoreTables>(where)
    .selectFrom('chapter_revisions')
    .select(['version', 'title', 'word_count', 'replaced_at'])
    .where('chapter_id', '=', chapterId);
  if (before !== undefined) query = query.where('version', '<', before);
  const rows = await query.orderBy('version', 'desc').limit(limit).execute();
  return rows.map(({ version, title, word_count, replaced_at }) => ({
    ...{ version, title, wordCount: word_count, replacedAt: replaced_at },
  }));
}

export async function findRevision(
  where: Queryable,
  chapterId: string,
  version: number,
): Promise<(Revision & { readonly text: string }) | undefined> {
  const row = await tables<BookstoreTables>(where)
    .selectFrom('chapter_revisions')
    .select(['title', 'text', 'word_count', 'replaced_at'])
    .where('chapter_id', '=', chapterId)
    .where('version', '=', version)
    .executeTakeFirst();
  if (!row) return undefined;
  const { title, text, word_count: wordCount, replaced_at: replacedAt } = row;
  return { version, title, text, wordCount, replacedAt };
}
