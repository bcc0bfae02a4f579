import { type ColumnType, type Generated, sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { AuthChange, RecordedChange } from './auth-change.js';

export interface AuthChangesTables {
  auth_changes: {
    seq: Generated<number>;
    xid: Generated<string>;
    kind: string;
    subject: string;
    reason: string;
    recorded_at: ColumnType<Date, Date, Date>;
  };
}

/** One statement with four parameters, however many changes there are. */
export async function insertAuthChanges(tx: Tx, changes: readonly AuthChange[], at: Date): Promise<void> {
  const kinds = changes.map(({ kind }) => kind);
  const subjects = changes.map(({ subject }) => subject);
  const reasons = changes.map(({ reason }) => reason);
  await tables<AuthChangesTables>(tx)
    .insertInto('auth_changes')
    .columns(['kind', 'subject', 'reason', 'recorded_at'])
    .expression(
      sql`select kind, subject, reason, ${at}::timestamptz
          from unnest(${kinds}::text[], ${subjects}::text[], ${reasons}::text[]) as change (kind, subject, reason)`,
    )
    .execute();
}

export interface TailedChanges {
  /** What the database held when this was read, as `pg_snapshot`: the `since` of the next look. */
  readonly snapshot: string;
  /** The database knows less than it did at `since`: it is another one, or a copy that fell behind took over. */
  readonly wentBack: boolean;
  /** At most one more than `limit`: then there are more. */
  readonly changes: readonly RecordedChange[];
}

/** The moment of the database from which on changes can be read. */
export async function currentSnapshot(where: Queryable): Promise<string> {
  const { rows } = await sql<{ snapshot: string }>`select pg_current_snapshot()::text as snapshot`.execute(
    tables(where),
  );
  return (rows[0] as { snapshot: string }).snapshot;
}

/**
 * Every change that became visible since a snapshot, exactly once, with the snapshot of this very statement. What a
 * transaction commits late is among them, whatever its `seq` and `xid`.
 */
export async function readChangesSince(
  where: Queryable,
  since: string,
  limit: number,
): Promise<TailedChanges> {
  const { rows } = await sql<TailRow>`
    select pg_current_snapshot()::text as snapshot,
      pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax(${since}::pg_snapshot) as "wentBack",
      c.kind, c.subject, c.reason, c.recorded_at as "recordedAt"
    from (values (1)) once(once) left join auth_changes c
      on c.xid >= pg_snapshot_xmin(${since}::pg_snapshot) and not pg_visible_in_snapshot(c.xid, ${since}::pg_snapshot)
    order by c.seq limit ${limit + 1}
  `.execute(tables(where));
  const [{ snapshot, wentBack }] = rows as [TailRow];
  return { snapshot, wentBack, changes: rows.filter(isChange) };
}

type TailRow = Pick<TailedChanges, 'snapshot' | 'wentBack'> & (RecordedChange | { kind: null });

/** A look that finds nothing is one row without a change. */
function isChange(row: TailRow): row is TailRow & RecordedChange {
  return row.kind !== null;
}

/** Removes at most `limit` of the changes before a moment, the oldest first; answers how many. */
export async function deleteChangesBefore(where: Queryable, before: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await tables<AuthChangesTables>(where)
    .deleteFrom('auth_changes')
    .where('seq', 'in', ({ selectFrom }) =>
      selectFrom('auth_changes')
        .select('seq')
        .where('recorded_at', '<', before)
        .orderBy('recorded_at')
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/**
 * Transaction ids of another database mean nothing here. What decides by itself stays, as if it were new: a revoked
 * token is written down nowhere else, and the keys that check it were restored too.
 */
export async function adoptChanges(tx: Tx): Promise<void> {
  await sql`delete from auth_changes where kind <> 'token'`.execute(tables(tx));
  await sql`update auth_changes set xid = default`.execute(tables(tx));
}

export interface MirroredPosition {
  readonly kind: string;
  readonly subject: string;
}

/** The last change of each token, session and ban after a moment, in the order of kind and subject, after a position. */
export async function listMirroredChanges(
  where: Queryable,
  since: Date,
  { after, limit }: { readonly after: MirroredPosition | undefined; readonly limit: number },
): Promise<RecordedChange[]> {
  const { kind, subject } = after ?? { kind: '', subject: '' };
  const { rows } = await sql<RecordedChange>`
    select distinct on (kind, subject) kind, subject, reason, recorded_at as "recordedAt" from auth_changes
    where recorded_at > ${since} and (kind, subject) > (${kind}, ${subject})
      and (kind in ('token', 'session') or (kind = 'user' and reason in ('banned', 'active')))
    order by kind, subject, seq desc limit ${limit}
  `.execute(tables(where));
  return rows;
}
