import { type RawBuilder, sql } from 'kysely';
import { type Database, type Queryable, type Tx, tables } from '../database/index.js';
import type { JobOutcome } from './job.js';
import type { JobRow, JobTables } from './job.tables.js';
import type { Plan } from './next-run.js';

/** A job as a release knows it. */
export interface ScheduledName {
  readonly name: string;
  readonly schedule: string;
}

/** When a run may begin: when its time has come or somebody asked for it, and nobody holds its lease. */
const readyAt = sql<Date>`greatest(least(next_run_at, run_requested_at), lease_until)`;

/**
 * Writes down the jobs that are not there yet, or with another schedule; all others keep their plan. In the
 * order of names, so that two instances wait for each other instead of deadlocking.
 */
export async function registerJobs(
  database: Database,
  jobs: readonly (ScheduledName & { readonly firstDueAt: Date })[],
): Promise<void> {
  await sql`
    insert into jobs (name, schedule, next_due_at, next_run_at)
    select name, schedule, "firstDueAt", "firstDueAt"
    from json_to_recordset(${JSON.stringify(jobs)}::json)
      as j(name text, schedule text, "firstDueAt" timestamptz)
    order by name
    on conflict (name) do update set schedule = excluded.schedule,
      next_due_at = excluded.next_due_at, next_run_at = excluded.next_run_at
    where jobs.schedule <> excluded.schedule
  `.execute(builder(database));
}

export interface ReadyJob {
  readonly name: string;
  readonly readyAt: Date;
  /** Whose lease ended without a word: the instance that was killed, or lost the database. */
  readonly leftBehindBy: string | undefined;
}

interface Candidate extends ScheduledName {
  /** So much later may it begin here when another instance ran it last, ms. */
  readonly headStartMs: number;
}

/**
 * The jobs of `mine` that may begin first on the instance `holder`, soonest first. One whose row has another
 * schedule is not ours to run.
 */
export async function findReadyJobs(
  database: Database,
  mine: readonly Candidate[],
  { holder, limit }: { holder: string; limit: number },
): Promise<ReadyJob[]> {
  const { rows } = await sql<Pick<JobRow, 'name' | 'lease_holder'> & { ready_at: Date }>`
    select name, lease_holder, ${readyAt} + case when last_holder <> ${holder}
      then head_start * interval '1 ms' else interval '0' end as ready_at
    from jobs join unnest(${mine.map(({ name }) => name)}::text[], ${mine.map((job) => job.schedule)}::text[],
      ${mine.map(({ headStartMs }) => headStartMs)}::int[]) as mine(name, schedule, head_start)
      using (name, schedule)
    order by ready_at limit ${limit}
  `.execute(builder(database));
  return rows.map((row) => ({
    name: row.name,
    readyAt: row.ready_at,
    leftBehindBy: row.lease_holder ?? undefined,
  }));
}

export interface Lease {
  readonly id: string;
  /** The instance, for people. */
  readonly holder: string;
  readonly until: Date;
}

/** Takes the lease of a job that may begin at `now`; undefined when another instance was quicker. */
export async function claimJob(
  database: Database,
  { name, schedule }: ScheduledName,
  { lease, now }: { lease: Lease; now: Date },
): Promise<Plan | undefined> {
  const { rows } = await sql<Pick<JobRow, 'next_due_at' | 'next_run_at' | 'failures_in_row'>>`
    update jobs set lease_id = ${lease.id}, lease_holder = ${lease.holder}, lease_until = ${lease.until},
      running_since = ${now}, next_run_at = least(next_run_at, run_requested_at), run_requested_at = null
    where name = ${name} and schedule = ${schedule} and ${readyAt} <= ${now}
    returning next_due_at, next_run_at, failures_in_row
  `.execute(builder(database));
  const [row] = rows;
  return (
    row && { nextDueAt: row.next_due_at, nextRunAt: row.next_run_at, failuresInRow: row.failures_in_row }
  );
}

/** False when another instance has taken the job over. */
export async function renewLease(database: Database, name: string, lease: Lease): Promise<boolean> {
  return changesOne(
    database,
    sql`update jobs set lease_until = ${lease.until} where name = ${name} and lease_id = ${lease.id}`,
  );
}

export interface EndedRun {
  readonly outcome: JobOutcome;
  readonly error: string | undefined;
  readonly durationMs: number;
  readonly endedAt: Date;
  readonly plan: Plan;
}

/**
 * Writes down how a run ended and gives the lease back; false, and nothing written, when another instance has
 * it by now. A schedule that another release has changed meanwhile keeps the plan of that release.
 */
export async function finishRun(
  database: Database,
  { name, schedule }: ScheduledName,
  leaseId: string,
  { outcome, error, durationMs, endedAt, plan }: EndedRun,
): Promise<boolean> {
  const unchanged = sql`schedule = ${schedule}`;
  return changesOne(
    database,
    sql`
      update jobs set lease_id = null, lease_holder = null, lease_until = null, running_since = null,
        last_holder = lease_holder, last_started_at = running_since, last_finished_at = ${endedAt}, last_duration_ms = ${durationMs},
        last_succeeded_at = case when ${outcome === 'succeeded'} then ${endedAt} else last_succeeded_at end,
        last_outcome = ${outcome}, last_error = ${error ?? null}, failures_in_row = ${plan.failuresInRow},
        next_due_at = case when ${unchanged} then ${plan.nextDueAt} else next_due_at end,
        next_run_at = case when ${unchanged} then ${plan.nextRunAt} else next_run_at end
      where name = ${name} and lease_id = ${leaseId}
    `,
  );
}

/** Asks for a run; answers since when one is asked for, undefined when there is no such job. */
export async function requestRun(tx: Tx, name: string, now: Date): Promise<Date | undefined> {
  const { rows } = await sql<{ run_requested_at: Date }>`
    update jobs set run_requested_at = coalesce(run_requested_at, ${now}) where name = ${name}
    returning run_requested_at
  `.execute(builder(tx));
  return rows[0]?.run_requested_at;
}

/** All jobs that any release has written down, by name. */
export function listJobs(database: Database): Promise<JobRow[]> {
  return builder(database).selectFrom('jobs').selectAll().orderBy('name').execute();
}

/** Of the named jobs those that failed at least so many times since they last succeeded. */
export async function findFailingJobs(
  database: Database,
  names: readonly string[],
  failuresMin: number,
): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from jobs where name = any(${names}::text[]) and failures_in_row >= ${failuresMin} order by name
  `.execute(builder(database));
  return rows.map(({ name }) => name);
}

/** A cheap look at the table. Rejects when it cannot be read. */
export async function probeJobs(database: Database): Promise<void> {
  await builder(database).selectFrom('jobs').select('name').limit(1).execute();
}

async function changesOne(where: Queryable, statement: RawBuilder<unknown>): Promise<boolean> {
  return (await statement.execute(builder(where))).numAffectedRows === 1n;
}

const builder = (where: Queryable) => tables<JobTables>(where);
