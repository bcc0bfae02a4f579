import { setTimeout as pause } from 'node:timers/promises';
import { runWithContext, traceContext } from '../context/index.js';
import type { Database } from '../database/index.js';
import { type Clock, newId } from '../kernel/index.js';
import { errorText, type Logger } from '../logger/index.js';
import type { Job, JobOutcome } from './job.js';
import type { JobMetrics } from './job.metrics.js';
import { claimJob, finishRun, renewLease, type ScheduledName } from './job.repository.js';
import { JobLease } from './job-lease.js';
import type { JobsConfig } from './jobs.config.js';
import { dueMoment, type Plan, planAfter } from './next-run.js';
import type { Timetable } from './timetable.js';

export interface ExecutionParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: JobMetrics;
  readonly config: JobsConfig;
  /** Name of this instance. */
  readonly holder: string;
}

export interface ScheduledJob {
  readonly job: Job;
  readonly timetable: Timetable;
}

type AbortCause = Extract<JobOutcome, 'timed-out' | 'interrupted' | 'lease-lost'>;

interface Claim {
  readonly leaseId: string;
  readonly plan: Plan;
  readonly dueAt: Date;
  readonly sinceMs: number;
}

interface Ending {
  readonly outcome: JobOutcome;
  readonly error?: unknown;
}

const errorLengthMax = 500;
/** Between two tries to write down how a run ended. */
const recordPauseMs = 1000;

/** Takes the lease of a job that is due and begins to run it; undefined when another instance was quicker. */
export async function beginRun(
  scheduled: ScheduledJob,
  parts: ExecutionParts,
): Promise<JobExecution | undefined> {
  const now = parts.clock.now();
  const sinceMs = performance.now();
  const lease = { id: newId(now), holder: parts.holder, until: leaseEnd(now, parts.config) };
  const plan = await claimJob(parts.database, namesOf(scheduled), { lease, now });
  if (!plan) return undefined;
  const dueAt = dueMoment(plan, scheduled.timetable, now);
  return new JobExecution(scheduled, { leaseId: lease.id, plan, dueAt, sinceMs }, parts);
}

/** One run of a job, from its claim to the record of how it ended. */
export class JobExecution {
  /** The run is over and written down as far as that was possible. Never rejects. */
  readonly ended: Promise<void>;
  readonly #scheduled: ScheduledJob;
  readonly #claim: Claim;
  readonly #parts: ExecutionParts;
  readonly #abort = new AbortController();
  readonly #lease: JobLease;
  #cause: AbortCause | undefined;
  /** The job itself has returned, which it may do long after its run was given up. */
  #returned: Promise<void> = Promise.resolve();

  constructor(scheduled: ScheduledJob, claim: Claim, parts: ExecutionParts) {
    this.#scheduled = scheduled;
    this.#claim = claim;
    this.#parts = parts;
    this.#lease = new JobLease({
      leaseMs: parts.config.leaseSeconds * 1000,
      sinceMs: claim.sinceMs,
      renew: () => this.#renew(),
      onLost: () => this.#end('lease-lost'),
    });
    const { traceId, spanId } = traceContext();
    this.ended = runWithContext({ traceId, spanId, job: scheduled.job.name }, () => this.#run());
  }

  get name(): string {
    return this.#scheduled.job.name;
  }

  get returned(): Promise<void> {
    return this.#returned;
  }

  /** Tells the job to end, since this instance stops. */
  interrupt(): void {
    this.#end('interrupted');
  }

  async #run(): Promise<void> {
    const startMs = performance.now();
    const ending = await this.#perform();
    const durationMs = Math.round(performance.now() - startMs);
    const recorded = await this.#record(ending, durationMs);
    this.#lease.release();
    this.#report(recorded ? ending : { ...ending, outcome: 'lease-lost' }, durationMs);
  }

  /** Waits for the job, but after an abort no longer than the grace. */
  async #perform(): Promise<Ending> {
    const { job } = this.#scheduled;
    const { dueAt } = this.#claim;
    const limit = setTimeout(() => this.#end('timed-out'), job.timeLimitSeconds * 1000).unref();
    const { signal } = this.#abort;
    const work = (async () => job.run({ dueAt, signal }))().then(
      () => ({}),
      (error: unknown) => ({ error }),
    );
    this.#returned = work.then(() => {});
    const late = Symbol('late');
    const result = await Promise.race([work, this.#graceAfterAbort().then(() => late)]);
    clearTimeout(limit);
    if (this.#cause === undefined) return outcomeOf(result as { error?: unknown });
    const words = result === late ? `${causeWords[this.#cause]}, and did not end` : causeWords[this.#cause];
    return { outcome: this.#cause, error: new Error(words) };
  }

  async #graceAfterAbort(): Promise<void> {
    const { signal } = this.#abort;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await pause(this.#parts.config.stopGraceMs, undefined, { ref: false });
  }

  /** False when another instance has taken the job over, or may have: the database did not answer in time. */
  async #record(ending: Ending, durationMs: number): Promise<boolean> {
    const { database, clock, config, log } = this.#parts;
    const { plan, dueAt, leaseId } = this.#claim;
    const { timetable } = this.#scheduled;
    while (!this.#lease.isLost) {
      const endedAt = clock.now();
      const next = planAfter(
        plan,
        { outcome: ending.outcome, dueAt, now: endedAt },
        { timetable, rules: config, random: Math.random() },
      );
      const run = {
        outcome: ending.outcome,
        error: ending.error === undefined ? undefined : errorText(ending.error, errorLengthMax),
        durationMs,
        endedAt,
        plan: next,
      };
      try {
        return await finishRun(database, namesOf(this.#scheduled), leaseId, run);
      } catch (err) {
        log.warn({ err }, 'the end of a job could not be written down');
      }
      // An instance that stops has no time to wait for the database: the lease ends by itself.
      if (this.#cause === 'interrupted') return true;
      await pause(recordPauseMs, undefined, { ref: false });
    }
    return false;
  }

  #renew(): Promise<boolean> {
    const { database, clock, config, holder } = this.#parts;
    const until = leaseEnd(clock.now(), config);
    return renewLease(database, this.name, { id: this.#claim.leaseId, holder, until });
  }

  #end(cause: AbortCause): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#abort.abort(new Error(causeWords[cause]));
  }

  #report({ outcome, error }: Ending, durationMs: number): void {
    const { clock, log, metrics } = this.#parts;
    metrics.ended(this.name, outcome, { durationMs, at: clock.now() });
    const fields = { outcome, durationMs, dueAt: this.#claim.dueAt };
    if (outcome === 'succeeded' || outcome === 'interrupted') log.info(fields, 'job ended');
    else log.warn({ ...fields, err: error }, 'job ended');
  }
}

const causeWords: Readonly<Record<AbortCause, string>> = {
  'timed-out': 'the job took longer than its time limit',
  interrupted: 'the instance stops',
  'lease-lost': 'another instance has taken the job over',
};

function outcomeOf(result: { error?: unknown }): Ending {
  return 'error' in result ? { outcome: 'failed', error: result.error } : { outcome: 'succeeded' };
}

function namesOf({ job, timetable }: ScheduledJob): ScheduledName {
  return { name: job.name, schedule: timetable.text };
}

function leaseEnd(now: Date, { leaseSeconds }: JobsConfig): Date {
  return new Date(now.getTime() + leaseSeconds * 1000);
}
