import { sql } from 'kysely';
import { type Queryable, type Tx, tables } from '../../platform/database/index.js';
import type { Decision } from './admission.domain.js';
import type { Day } from './calendar.domain.js';
import type { JournalEntry, Reservation } from './operation.domain.js';
import type { Entitlement, Grant, Share } from './quota.domain.js';
import type { GrantRow, QuotaTables, ReservationRow } from './quota.tables.js';

/** What a round is about, read without locks: a call's user, grants and entitlement never change. */
export interface CallReference {
  readonly callId: string;
  readonly userId: string;
  readonly split: readonly Share[];
  readonly entitlement: Entitlement;
}

export interface DailyGrant extends Entitlement {
  readonly id: string;
  readonly userId: string;
  readonly provisional: boolean;
}

/** The named calls, and the open reservations of the named users that are past their end. */
export async function findCalls(
  tx: Tx,
  wanted: { callIds: readonly string[]; userIds: readonly string[]; now: Date },
): Promise<CallReference[]> {
  const { rows } = await sql<ReservationRow>`
    select call_id, user_id, split, entitled_tokens, entitled_unlimited from quota_reservations
    where call_id = any(${wanted.callIds}::uuid[])
    union
    select call_id, user_id, split, entitled_tokens, entitled_unlimited from quota_reservations
    where state = 'open' and expires_at <= ${wanted.now} and user_id = any(${wanted.userIds}::uuid[])
  `.execute(quota(tx));
  return rows.map((row) => ({
    callId: row.call_id,
    userId: row.user_id,
    split: row.split,
    entitlement: { tokens: row.entitled_tokens, unlimited: row.entitled_unlimited },
  }));
}

/**
 * Makes the day's grants that are not there yet and answers the ids of those it made. In the order of
 * users, so that two instances wait for each other instead of deadlocking.
 */
export async function makeDailyGrants(tx: Tx, day: Day, grants: readonly DailyGrant[]): Promise<string[]> {
  if (grants.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    insert into quota_grants (id, user_id, kind, tokens, unlimited, provisional, starts_at, ends_at)
    select id, "userId", 'daily', tokens, unlimited, provisional,
      ${day.startsAt}::timestamptz, ${day.endsAt}::timestamptz
    from json_to_recordset(${JSON.stringify(grants)}::json)
      as g(id uuid, "userId" uuid, tokens bigint, unlimited boolean, provisional boolean)
    order by "userId"
    on conflict (user_id, ends_at) where kind = 'daily' do nothing
    returning id
  `.execute(quota(tx));
  return rows.map((row) => row.id);
}

/** The users' living grants and the named ones, locked in one order on every instance. */
export async function lockGrants(
  tx: Tx,
  wanted: { userIds: readonly string[]; grantIds: readonly string[]; now: Date },
): Promise<{ grants: Grant[]; suspendedUserIds: Set<string> }> {
  const { rows } = await sql<GrantRow & { suspended: boolean }>`
    select id, user_id, kind, tokens, unlimited, provisional, used, reserved, starts_at, ends_at,
      exists (select from quota_suspensions s where s.user_id = quota_grants.user_id) as suspended
    from quota_grants
    where id in (
      select id from quota_grants where user_id = any(${wanted.userIds}::uuid[]) and ends_at > ${wanted.now}
      union all
      select unnest(${wanted.grantIds}::uuid[])
    )
    order by user_id, ends_at, id
    for update of quota_grants
  `.execute(quota(tx));
  const suspendedUserIds = new Set(rows.filter((row) => row.suspended).map((row) => row.user_id));
  return { grants: rows.map(grantOf), suspendedUserIds };
}

/** Under the lock of their grants, so that what another instance has just closed is seen as closed. */
export async function lockReservations(tx: Tx, callIds: readonly string[]): Promise<Reservation[]> {
  if (callIds.length === 0) return [];
  const { rows } = await sql<ReservationRow>`
    select call_id, user_id, operation, model, max_tokens, in_factor, out_factor, ceiling, split,
      entitled_tokens, entitled_unlimited, state, noted_prompt, noted_completion, charged, absorbed,
      created_at, expires_at
    from quota_reservations where call_id = any(${callIds}::uuid[])
    order by call_id
    for update
  `.execute(quota(tx));
  return rows.map(reservationOf);
}

/** Everything a round changed, in one statement. `nextId` names journal entries in their order. */
export async function saveDecision(
  tx: Tx,
  decision: Decision,
  moment: { now: Date; day: Day; nextId: () => string },
): Promise<void> {
  const { changedGrants, newReservations, changedReservations } = decision;
  const journal = decision.journal.map((entry) => journalRecord(entry, moment.nextId()));
  if (changedGrants.length + newReservations.length + changedReservations.length + journal.length === 0)
    return;
  await sql`
    with grants as (
      update quota_grants g
      set tokens = c.tokens, unlimited = c.unlimited, provisional = c.provisional,
        used = c.used, reserved = c.reserved
      from json_to_recordset(${JSON.stringify(changedGrants)}::json) as c(
        id uuid, tokens bigint, unlimited boolean, provisional boolean, used bigint, reserved bigint)
      where g.id = c.id
    ), made as (
      insert into quota_reservations (call_id, user_id, operation, model, max_tokens, in_factor, out_factor,
        ceiling, split, entitled_tokens, entitled_unlimited, state, noted_prompt, noted_completion, charged,
        absorbed, created_at, expires_at)
      select call_id, user_id, operation, model, max_tokens, in_factor, out_factor,
        ceiling, split, entitled_tokens, entitled_unlimited, state, noted_prompt, noted_completion, charged,
        absorbed, created_at, expires_at
      from json_populate_recordset(null::quota_reservations, ${JSON.stringify(newReservations.map(reservationRecord))}::json)
    ), closed as (
      update quota_reservations r
      set state = c.state, noted_prompt = c.noted_prompt, noted_completion = c.noted_completion,
        charged = c.charged, absorbed = c.absorbed
      from json_to_recordset(${JSON.stringify(changedReservations.map(reservationRecord))}::json) as c(
        call_id uuid, state text, noted_prompt bigint, noted_completion bigint, charged bigint, absorbed bigint)
      where r.call_id = c.call_id
    ), entries as (
      select user_id, id, kind, tokens, split, call_id, operation, model,
        prompt_tokens, completion_tokens, absorbed_tokens
      from json_populate_recordset(null::quota_journal, ${JSON.stringify(journal)}::json)
    ), written as (
      insert into quota_journal (user_id, id, at, kind, tokens, split, call_id, operation, model,
        prompt_tokens, completion_tokens, absorbed_tokens)
      select user_id, id, ${moment.now}::timestamptz, kind, tokens, split, call_id, operation, model,
        prompt_tokens, completion_tokens, absorbed_tokens
      from entries
    )
    insert into quota_usage_days as d (user_id, day, operation, model, calls,
      prompt_tokens, completion_tokens, charged_tokens, absorbed_tokens)
    select user_id, ${moment.day.date}::date, operation, model, count(*),
      sum(prompt_tokens), sum(completion_tokens), -sum(tokens), sum(absorbed_tokens)
    from entries where call_id is not null
    group by user_id, operation, model
    order by user_id, operation, model
    on conflict (user_id, day, operation, model) do update
    set calls = d.calls + excluded.calls,
      prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = d.completion_tokens + excluded.completion_tokens,
      charged_tokens = d.charged_tokens + excluded.charged_tokens,
      absorbed_tokens = d.absorbed_tokens + excluded.absorbed_tokens
  `.execute(quota(tx));
}

/** Open reservations past their end, oldest first. */
export async function findOverdueCalls(where: Queryable, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql<{ call_id: string }>`
    select call_id from quota_reservations
    where state = 'open' and expires_at <= ${now}
    order by expires_at limit ${limit}
  `.execute(quota(where));
  return rows.map((row) => row.call_id);
}

export function grantOf(row: GrantRow): Grant {
  return {
    id: row.id,
    userId: row.user_id,
    kind: row.kind,
    tokens: row.tokens,
    unlimited: row.unlimited,
    provisional: row.provisional,
    used: row.used,
    reserved: row.reserved,
    startsAt: new Date(row.starts_at),
    endsAt: new Date(row.ends_at),
  };
}

export function reservationOf(row: ReservationRow): Reservation {
  return {
    callId: row.call_id,
    userId: row.user_id,
    operation: row.operation,
    model: row.model,
    maxTokens: row.max_tokens,
    inFactor: row.in_factor,
    outFactor: row.out_factor,
    ceiling: row.ceiling,
    split: row.split,
    entitlement: { tokens: row.entitled_tokens, unlimited: row.entitled_unlimited },
    state: row.state,
    noted: { promptTokens: row.noted_prompt, completionTokens: row.noted_completion },
    charged: row.charged,
    absorbed: row.absorbed,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}

function reservationRecord(reservation: Reservation): Record<keyof ReservationRow, unknown> {
  return {
    call_id: reservation.callId,
    user_id: reservation.userId,
    operation: reservation.operation,
    model: reservation.model,
    max_tokens: reservation.maxTokens,
    in_factor: reservation.inFactor,
    out_factor: reservation.outFactor,
    ceiling: reservation.ceiling,
    split: reservation.split,
    entitled_tokens: reservation.entitlement.tokens,
    entitled_unlimited: reservation.entitlement.unlimited,
    state: reservation.state,
    noted_prompt: reservation.noted.promptTokens,
    noted_completion: reservation.noted.completionTokens,
    charged: reservation.charged,
    absorbed: reservation.absorbed,
    created_at: reservation.createdAt,
    expires_at: reservation.expiresAt,
  };
}

function journalRecord(entry: JournalEntry, id: string): Record<string, unknown> {
  const { call } = entry;
  return {
    id,
    user_id: entry.userId,
    kind: entry.kind,
    tokens: entry.tokens,
    split: entry.split,
    call_id: call?.callId,
    operation: call?.operation,
    model: call?.model,
    prompt_tokens: call?.usage.promptTokens,
    completion_tokens: call?.usage.completionTokens,
    absorbed_tokens: call?.absorbed,
  };
}

function quota(where: Queryable) {
  return tables<QuotaTables>(where);
}
