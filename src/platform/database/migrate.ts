import { sql } from 'kysely';
import { Value } from 'typebox/value';
import { type DatabaseConfig, databaseConfig } from './database.config.js';
import { isUniqueViolation, sqlStateOf } from './database.errors.js';
import { type Database, type Queryable, type Tx, tables } from './database.js';
import type { Migration } from './migration.js';
import { type LeaseOptions, MigrationLease } from './migration-lease.js';
import { type AppliedStep, orderSteps, pendingSteps, type Step } from './migration-plan.js';
import { openTransactionOf } from './open-transaction.js';

type Limits = Pick<
  DatabaseConfig,
  'migrationLeaseSeconds' | 'migrationWaitSeconds' | 'migrationStatementTimeoutMs'
>;

export interface MigrateOptions extends Pick<LeaseOptions, 'clock' | 'log' | 'holder'> {
  /** The section of the configuration; its defaults when absent. */
  readonly limits?: Limits;
}

export interface MigrationResult {
  /** Ids of the steps that this call applied, in order. */
  readonly applied: readonly string[];
}

const bookkeeping = `
  create table if not exists schema_migrations (
    id text primary key,
    checksum text not null,
    min_code integer,
    applied_at timestamptz not null,
    duration_ms integer not null
  );
  create table if not exists schema_lease (
    name text primary key,
    holder text not null,
    expires_at timestamptz not null
  );`;

/**
 * Brings the schema up to what the code knows: each step once, in order, each in one transaction with
 * its record, by one instance at a time (others wait, for a bounded time). Throws with a message for
 * people when a step fails or the schema is one this code must not touch; what was applied before stays.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<MigrationResult> {
  const steps = orderSteps(migrations);
  const limits = options.limits ?? (Value.Create(databaseConfig) as DatabaseConfig);
  await createBookkeeping(database);
  if (pendingSteps(steps, await readApplied(database)).length === 0) return { applied: [] };

  const lease = new MigrationLease(database, {
    ...options,
    leaseSeconds: limits.migrationLeaseSeconds,
    waitSeconds: limits.migrationWaitSeconds,
  });
  const applied: string[] = [];
  await lease.take();
  try {
    for (;;) {
      const step = pendingSteps(steps, await readApplied(database))[0];
      if (!step) return { applied };
      const done = await applyStep(database, step, lease, { ...options, limits });
      if (done) applied.push(step.id);
      else await lease.take();
    }
  } finally {
    await lease
      .giveBack()
      .catch((err) => options.log.warn({ err }, 'the migration lease was not given back'));
  }
}

/** False when the lease is another instance's by now: nothing was done. */
async function applyStep(
  database: Database,
  step: Step,
  lease: MigrationLease,
  { clock, log, limits }: MigrateOptions & { limits: Limits },
): Promise<boolean> {
  const startedAt = performance.now();
  try {
    const held = await database.withTransaction({ name: 'apply-migration' }, async (tx) => {
      if (!(await lease.renew(tx))) return false;
      await runScript(tx, step.up, limits.migrationStatementTimeoutMs);
      await recordStep(tx, step, { at: clock.now(), durationMs: performance.now() - startedAt });
      // The step may have taken longer than the lease.
      await lease.renew(tx);
      return true;
    });
    if (held)
      log.info({ migration: step.id, durationMs: Math.round(performance.now() - startedAt) }, 'migrated');
    return held;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `migration ${step.id} failed: ${words}. Nothing of this step was kept; the steps before it are in place.`,
      { cause },
    );
  }
}

export async function recordStep(tx: Tx, step: Step, { at, durationMs }: { at: Date; durationMs: number }) {
  await sql`insert into schema_migrations (id, checksum, min_code, applied_at, duration_ms)
    values (${step.id}, ${step.checksum}, ${step.minCode ?? null}, ${at}, ${Math.round(durationMs)})`.execute(
    tables(tx),
  );
}

/** The usual limit for a statement is too short for one that rewrites a table. */
export async function runScript(tx: Tx, script: string, timeoutMs: number): Promise<void> {
  const open = openTransactionOf(tx);
  await open.script(`set local statement_timeout = ${Math.round(timeoutMs)}`);
  await open.script(script, { timeoutMs });
}

/** Two instances that create the same table at once: one of them hears of a duplicate, and may go on. */
async function createBookkeeping(database: Database): Promise<void> {
  if (await hasBookkeeping(database)) return;
  try {
    await database.withTransaction({ name: 'create-migration-tables' }, (tx) =>
      openTransactionOf(tx).script(bookkeeping),
    );
  } catch (error) {
    const lostRace = isUniqueViolation(error) || sqlStateOf(error) === '42P07';
    if (!lostRace || !(await hasBookkeeping(database))) throw error;
  }
}

async function hasBookkeeping(database: Database): Promise<boolean> {
  const { rows } = await sql<{ ready: boolean }>`
    select to_regclass('schema_migrations') is not null and to_regclass('schema_lease') is not null as ready`.execute(
    tables(database),
  );
  return rows[0]?.ready === true;
}

/** Throws when the schema is one that code with these migrations must not run on, or when it lacks steps. */
export async function checkSchema(database: Database, migrations: readonly Migration[]): Promise<void> {
  const [missing] = pendingSteps(orderSteps(migrations), await readApplied(database));
  if (missing) throw new Error(`migration ${missing.id} is missing in the database`);
}

export async function readApplied(where: Queryable): Promise<AppliedStep[]> {
  const { rows } = await sql<AppliedStep>`
    select id, checksum, min_code from schema_migrations order by id`.execute(tables(where));
  return rows;
}
