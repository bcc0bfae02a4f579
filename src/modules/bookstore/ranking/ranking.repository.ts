import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../../platform/database/index.js';
import type { RankingPeriod } from './period.domain.js';

export interface RankingQuery {
  readonly period: RankingPeriod;
  readonly startsAt: Date;
  readonly now: Date;
  /** Of newcomers: books whose first chapter appeared before are none. */
  readonly publishedFrom: Date;
  readonly placesMax: number;
}

export interface Place {
  readonly place: number;
  readonly bookId: string;
  readonly score: number;
}

/**
 * Takes the place of the ranking that was there, in one transaction; a twin waits for it.
 *
 * Score: views of the book's chapters, each page that a reader opened counting one, from `startsAt` on: by hours for
 * `realtime`, by Shanghai days for the others. Equal scores: the younger book first. Only books that readers see; of
 * newcomers only those published from `publishedFrom` on.
 */
export async function replaceRanking(tx: Tx, query: RankingQuery): Promise<void> {
  const { period, startsAt, now, publishedFrom, placesMax } = query;
  const db = tables(tx);
  const counters =
    period === 'realtime'
      ? sql`select book_id, views from book_views_hourly where hour_start >= ${startsAt}`
      : sql`select book_id, views from book_views_daily where day_start >= ${startsAt}`;
  const from = period === 'newbie' ? sql`and books.published_at >= ${publishedFrom}` : sql``;
  await sql`
    insert into rankings (period, starts_at, computed_at) values (${period}, ${startsAt}, ${now})
    on conflict (period) do update set starts_at = excluded.starts_at, computed_at = excluded.computed_at`.execute(
    db,
  );
  await sql`delete from ranking_places where period = ${period}`.execute(db);
  await sql`
    insert into ranking_places (period, place, book_id, score)
    select ${period}, row_number() over (order by score desc, book_id desc), book_id, score
    from (
      select book_id, sum(views) as score
      from (${counters}) as counted join books on books.id = book_id
      where books.published_at <= ${now} ${from}
      group by book_id order by score desc, book_id desc limit ${placesMax}
    ) as scored`.execute(db);
}

/** The first places of a ranking that counts from `startsFrom` on or later; undefined when none was computed. */
export async function findRanking(
  where: Queryable,
  { period, startsFrom, limit }: { period: RankingPeriod; startsFrom: Date; limit: number },
): Promise<{ startsAt: Date; computedAt: Date; places: Place[] } | undefined> {
  const { rows } = await sql<{
    starts_at: Date;
    computed_at: Date;
    place: number | null;
    book_id: string;
    score: string;
  }>`
    select starts_at, computed_at, place, book_id, score
    from rankings left join ranking_places on ranking_places.period = rankings.period and place <= ${limit}
    where rankings.period = ${period} and starts_at >= ${startsFrom}
    order by place`.execute(tables(where));
  const [head] = rows;
  if (!head) return undefined;
  const places = rows.flatMap(({ place, book_id, score }) =>
    place === null ? [] : [{ place, bookId: book_id, score: Number(score) }],
  );
  return { startsAt: head.starts_at, computedAt: head.computed_at, places };
}
