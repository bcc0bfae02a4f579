import { sql } from 'kysely';
import { type Database, tables } from '../../../platform/database/index.js';
import { newId } from '../../../platform/kernel/index.js';
import type { GrantKind } from '../quota.port.js';

interface GrantSums {
  tokens: number;
  used: number;
  reserved: number;
}

export async function insertGrant(
  database: Database,
  grant: { userId: string; kind: GrantKind; tokens: number; startsAt: Date; endsAt: Date },
): Promise<string> {
  const id = newId(grant.startsAt);
  await sql`
    insert into quota_grants (id, user_id, kind, tokens, starts_at, ends_at)
    values (${id}, ${grant.userId}, ${grant.kind}, ${grant.tokens}, ${grant.startsAt}, ${grant.endsAt})
  `.execute(tables(database));
  return id;
}

export async function insertSuspension(database: Database, userId: string, now: Date): Promise<void> {
  await sql`
    insert into quota_suspensions (user_id, reason, suspended_at) values (${userId}, 'a test', ${now})
  `.execute(tables(database));
}

export async function deleteSuspension(database: Database, userId: string): Promise<void> {
  await sql`delete from quota_suspensions where user_id = ${userId}`.execute(tables(database));
}

/** All grants of the user that ever were. */
export async function sumGrants(database: Database, userId: string): Promise<GrantSums> {
  const { rows } = await sql<GrantSums>`
    select coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(used), 0)::bigint as used,
      coalesce(sum(reserved), 0)::bigint as reserved
    from quota_grants where user_id = ${userId}
  `.execute(tables(database));
  return rows[0] as GrantSums;
}

export async function countReservations(database: Database, userId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from quota_reservations where user_id = ${userId}
  `.execute(tables(database));
  return rows[0]?.count ?? 0;
}

export async function usageDays(database: Database, userId: string) {
  const { rows } = await sql<{ day: string; calls: number; charged_tokens: number; absorbed_tokens: number }>`
    select day, calls, charged_tokens, absorbed_tokens from quota_usage_days
    where user_id = ${userId} order by day
  `.execute(tables(database));
  return rows;
}

/**
 * Every contradiction between the grants and the three records that explain them: open reservations,
 * the journal and the totals of days. Each row names what disagrees.
 */
export async function findImbalances(database: Database): Promise<unknown[]> {
  const { rows } = await sql`
    with held as (
      select (share ->> 'grantId')::uuid as grant_id, sum((share ->> 'tokens')::bigint) as tokens
      from quota_reservations, jsonb_array_elements(split) share where state = 'open' group by 1
    ), written as (
      select (share ->> 'grantId')::uuid as grant_id,
        coalesce(sum((share ->> 'tokens')::bigint) filter (where kind = 'grant'), 0) as given,
        coalesce(sum((share ->> 'tokens')::bigint) filter (where kind <> 'grant'), 0) as charged
      from quota_journal, jsonb_array_elements(split) share group by 1
    ), grants as (
      select g.id, g.kind, g.tokens, g.used, g.reserved, coalesce(h.tokens, 0) as held,
        coalesce(w.charged, 0) as charged, coalesce(w.given, 0) as given
      from quota_grants g
        left join held h on h.grant_id = g.id
        left join written w on w.grant_id = g.id
    ), calls as (
      select user_id, -sum(tokens) as charged, count(*) as calls from quota_journal
      where kind <> 'grant' group by user_id
    ), days as (
      select user_id, sum(charged_tokens) as charged, sum(calls) as calls from quota_usage_days group by user_id
    ), closed as (
      select user_id, sum(charged) as charged, count(*) as calls from quota_reservations
      where state in ('settled', 'expired') group by user_id
    )
    select 'reserved' as what, id::text from grants where reserved <> held
    union all select 'used', id::text from grants where used <> charged
    union all select 'given', id::text from grants where kind = 'daily' and tokens <> given
    union all
    select 'calls', coalesce(c.user_id, d.user_id, r.user_id)::text
    from calls c full join days d on d.user_id = c.user_id full join closed r on r.user_id = c.user_id
    where (c.charged, c.calls) is distinct from (d.charged, d.calls)
      or (c.charged, c.calls) is distinct from (r.charged, r.calls)
  `.execute(tables(database));
  return rows;
}
