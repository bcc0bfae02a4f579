import { sql } from 'kysely';
import { type Tx, tables } from '../../../platform/database/index.js';

export interface Views {
  readonly bookId: string;
  readonly hourStart: Date;
  readonly dayStart: Date;
  readonly views: number;
}

/** The slugs of the books that there are; '' for one without a category that exists. */
export async function categoriesOf(tx: Tx, bookIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; slug: string | null }>`
    select books.id, categories.slug from books left join categories on categories.slug = books.category
    where books.id = any(${[...bookIds]}::uuid[])`.execute(tables(tx));
  return new Map(rows.map(({ id, slug }) => [id, slug ?? '']));
}

/** Adds to the counters of hours and days; in the order of books and moments, so that two instances never cross. */
export async function addViews(tx: Tx, views: readonly Views[]): Promise<void> {
  const column = <K extends keyof Views>(key: K) => views.map((one) => one[key]);
  const db = tables(tx);
  await sql`
    insert into book_views_hourly (hour_start, book_id, views)
    select hour_start, book_id, views
    from unnest(${column('hourStart')}::timestamptz[], ${column('bookId')}::uuid[], ${column('views')}::bigint[])
      as seen (hour_start, book_id, views)
    order by hour_start, book_id
    on conflict (hour_start, book_id) do update set views = book_views_hourly.views + excluded.views`.execute(
    db,
  );
  await sql`
    insert into book_views_daily (day_start, book_id, views)
    select day_start, book_id, sum(views)
    from unnest(${column('dayStart')}::timestamptz[], ${column('bookId')}::uuid[], ${column('views')}::bigint[])
      as seen (day_start, book_id, views)
    group by day_start, book_id order by day_start, book_id
    on conflict (day_start, book_id) do update set views = book_views_daily.views + excluded.views`.execute(
    db,
  );
}

export async function removeOldViews(tx: Tx, { hours, days }: { hours: Date; days: Date }): Promise<void> {
  const db = tables(tx);
  await sql`delete from book_views_hourly where hour_start < ${hours}`.execute(db);
  await sql`delete from book_views_daily where day_start < ${days}`.execute(db);
}
