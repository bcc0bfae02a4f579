import { sql } from 'kysely';
import { type Queryable, tables } from '../../../platform/database/index.js';
import type { AuthTables } from '../auth.tables.js';
import { liveAt } from './session.repository.js';

export async function countLiveSessions(where: Queryable, now: Date): Promise<number> {
  const row = await tables<AuthTables>(where)
    .selectFrom('sessions')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where(liveAt(now))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** How many users were last seen after each of these moments, in their order. */
export async function countUsersSeen(where: Queryable, since: readonly Date[]): Promise<readonly number[]> {
  const seen = since.map(
    (moment) => sql`count(distinct user_id) filter (where last_seen_at > ${moment}::timestamptz)`,
  );
  const earliest = new Date(Math.min(...since.map((moment) => moment.getTime())));
  const row = await tables<AuthTables>(where)
    .selectFrom('sessions')
    .select(sql<number[]>`array[${sql.join(seen)}]`.as('counts'))
    .where('last_seen_at', '>', earliest)
    .executeTakeFirstOrThrow();
  return row.counts;
}
