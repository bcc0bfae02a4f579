import type { Database, Tx } from '../database/index.js';
import { type BaseService, type Clock, type Health, healthy, port } from '../kernel/index.js';
import { listJobs, probeJobs, requestRun } from './job.repository.js';
import type { JobRow } from './job.tables.js';
import type { JobRegistry } from './job-registry.js';

export interface JobReport {
  readonly name: string;
  /** Absent for a job that this instance does not know. */
  readonly summary?: string;
  readonly schedule: string;
  /** Whether this instance can run it: another release may have brought it, or left it behind. */
  readonly known: boolean;
  readonly nextRunAt: Date;
  /** Somebody asked for a run that has not begun. */
  readonly requestedAt?: Date;
  readonly running?: { readonly since: Date; readonly instance: string };
  /** Failures since it last succeeded. */
  readonly failuresInRow: number;
  readonly lastRun?: {
    readonly instance: string;
    readonly startedAt: Date;
    readonly durationMs: number;
    readonly outcome: string;
    readonly error?: string;
  };
}

/** What operators see of the jobs, and how they ask for a run. */
export interface JobBoard {
  /** Every job of the cluster, by name; a few dozen. */
  list(): Promise<readonly JobReport[]>;
  /**
   * Asks for a run beside the schedule, which stays as it is: it begins after the commit, on the instance
   * that comes first. Asked for twice before it began it is one run; asked for during a run it begins after it.
   * Answers since when a run is asked for, undefined when this release has no such job.
   */
  requestRun(tx: Tx, name: string): Promise<Date | undefined>;
}

export const JobBoard = port<JobBoard>('job-board');

interface JobBoardOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly registry: JobRegistry;
  /** Tells the runner of this instance that a job is due. */
  readonly wake: () => void;
}

export class JobBoardService implements BaseService, JobBoard {
  readonly name = 'jobs';
  readonly version = '1.0.0';
  readonly #options: JobBoardOptions;

  constructor(options: JobBoardOptions) {
    this.#options = options;
  }

  async initialize(): Promise<void> {
    await probeJobs(this.#options.database);
  }

  async health(): Promise<Health> {
    await probeJobs(this.#options.database);
    return healthy;
  }

  async close(): Promise<void> {}

  async list(): Promise<readonly JobReport[]> {
    const now = this.#options.clock.now();
    return (await listJobs(this.#options.database)).map((row) => this.#report(row, now));
  }

  async requestRun(tx: Tx, name: string): Promise<Date | undefined> {
    const { registry, clock, wake } = this.#options;
    if (!registry.get(name)) return undefined;
    tx.afterCommit(wake);
    return requestRun(tx, name, clock.now());
  }

  #report(row: JobRow, now: Date): JobReport {
    const job = this.#options.registry.get(row.name);
    const { lease_holder: instance, running_since: since, run_requested_at: requestedAt } = row;
    const isHeld = row.lease_until !== null && row.lease_until > now;
    return {
      name: row.name,
      ...(job && { summary: job.summary }),
      schedule: row.schedule,
      known: job !== undefined,
      nextRunAt: row.next_run_at,
      ...(requestedAt && { requestedAt }),
      ...(isHeld && instance !== null && since !== null && { running: { since, instance } }),
      failuresInRow: row.failures_in_row,
      ...lastRunOf(row),
    };
  }
}

function lastRunOf(row: JobRow): Pick<JobReport, 'lastRun'> {
  const { last_holder: instance, last_started_at: startedAt } = row;
  const { last_duration_ms: durationMs, last_outcome: outcome, last_error: error } = row;
  if (instance === null || startedAt === null || durationMs === null || outcome === null) return {};
  return { lastRun: { instance, startedAt, durationMs, outcome, ...(error !== null && { error }) } };
}
