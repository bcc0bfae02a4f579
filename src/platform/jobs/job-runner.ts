import { type BaseService, backoffMs, type Health, healthy, Wakeup } from '../kernel/index.js';
import { JobMetrics } from './job.metrics.js';
import { findFailingJobs, findReadyJobs, listJobs, type ReadyJob, registerJobs } from './job.repository.js';
import { beginRun, type ExecutionParts, type JobExecution, type ScheduledJob } from './job-execution.js';
import type { JobRegistry } from './job-registry.js';
import { timetableOf } from './timetable.js';

export interface JobRunnerOptions extends Omit<ExecutionParts, 'metrics'> {
  readonly registry: JobRegistry;
  readonly metrics: ConstructorParameters<typeof JobMetrics>[0];
}

/** The embedded database has one instance, so nobody else changes what is due: it sleeps until then. */
const embeddedSleepMsMax = 60_000;
/** A release that another one overwrote in a rolling deployment writes its schedules down again. */
const registerEveryMs = 60_000;
const outagePauseMsMax = 30_000;
/** An instance that is there looks at least once in this time. */
const headStartPolls = 2;

/**
 * Runs the jobs of this release that are due, each occurrence on one instance of the cluster. One query finds
 * what is due; a compare-and-set on the job's row decides who runs it. While the database is gone it looks
 * ever more seldom, at least twice a minute, and goes on by itself.
 */
export class JobRunner implements BaseService {
  readonly name = 'job-runner';
  readonly version = '1.0.0';
  readonly #options: JobRunnerOptions;
  readonly #parts: ExecutionParts;
  readonly #wakeup = new Wakeup();
  /** Runs that are not over. */
  readonly #running = new Set<JobExecution>();
  /** Jobs whose function has not returned: those that run, and those that outlived their run. */
  readonly #present = new Map<string, JobExecution>();
  #scheduled: ReadonlyMap<string, ScheduledJob> = new Map();
  #registeredMs = 0;
  #isStopping = true;
  #outages = 0;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#parts = { ...options, metrics: new JobMetrics(options.metrics) };
  }

  /** Raises an error that names the job whose schedule has no occurrence. */
  async initialize(): Promise<void> {
    this.#scheduled = await this.#readSchedules();
    await this.#register();
    await this.#beginMetrics();
    this.#isStopping = false;
    this.#outages = 0;
    this.#loop = this.#work();
  }

  /** Never unhealthy by itself: what the platform serves does not wait for a job. */
  async health(): Promise<Health> {
    const details: string[] = [];
    if (this.#outages > 0) details.push('jobs that are due could not be looked for, trying again');
    const stuck = [...this.#present.values()].filter((execution) => !this.#running.has(execution));
    if (stuck.length > 0) {
      details.push(`still running after they were told to end: ${stuck.map(({ name }) => name).join(', ')}`);
    }
    const failing = await this.#failing();
    if (failing.length > 0) {
      const { failuresDegraded } = this.#parts.config;
      details.push(`failed ${failuresDegraded} times in a row or more: ${failing.join(', ')}`);
    }
    return details.length > 0 ? { status: 'degraded', detail: details.join('; ') } : healthy;
  }

  /** Begins no more runs, tells those that run to end, and gives their leases back after a bounded wait. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#wakeup.wake();
    for (const execution of this.#running) execution.interrupt();
    await this.#loop;
    await Promise.all([...this.#running].map(({ ended }) => ended));
  }

  /** Looks for jobs that are due now instead of at its next turn. */
  wake(): void {
    this.#wakeup.wake();
  }

  async #failing(): Promise<string[]> {
    const { database, config } = this.#parts;
    try {
      return await findFailingJobs(database, [...this.#scheduled.keys()], config.failuresDegraded);
    } catch {
      // That the database does not answer is for the database to say.
      return [];
    }
  }

  async #readSchedules(): Promise<Map<string, ScheduledJob>> {
    const now = this.#parts.clock.now();
    const scheduled = new Map<string, ScheduledJob>();
    for (const job of this.#options.registry.all()) {
      try {
        scheduled.set(job.name, { job, timetable: await timetableOf(job.schedule, now) });
      } catch (cause) {
        const words = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`The schedule of the job "${job.name}" cannot be used: ${words}`, { cause });
      }
    }
    return scheduled;
  }

  async #register(): Promise<void> {
    const now = this.#parts.clock.now();
    const jobs = [...this.#scheduled].map(([name, { timetable }]) => ({
      name,
      schedule: timetable.text,
      firstDueAt: timetable.first(now),
    }));
    await registerJobs(this.#parts.database, jobs);
    this.#registeredMs = performance.now();
  }

  async #beginMetrics(): Promise<void> {
    for (const { name, last_succeeded_at } of await listJobs(this.#parts.database)) {
      if (this.#scheduled.has(name)) this.#parts.metrics.begin(name, last_succeeded_at);
    }
  }

  async #work(): Promise<void> {
    while (!this.#isStopping) await this.#wakeup.wait(await this.#safeTurn());
  }

  async #safeTurn(): Promise<number> {
    try {
      const pauseMs = await this.#turn();
      if (this.#outages > 0) this.#parts.log.info('jobs that are due are looked for again');
      this.#outages = 0;
      return pauseMs;
    } catch (err) {
      if (this.#outages === 0) this.#parts.log.warn({ err }, 'jobs that are due could not be looked for');
      this.#outages += 1;
      const range = { baseMs: this.#parts.config.pollIntervalMs, maxMs: outagePauseMsMax };
      return backoffMs(this.#outages + 1, range);
    }
  }

  /** Begins what is due and fits; answers how long nothing will be due, as far as one knows. */
  async #turn(): Promise<number> {
    const { database, clock, config, holder } = this.#parts;
    if (performance.now() - this.#registeredMs >= registerEveryMs) await this.#register();
    const pauseMsMax = database.engine === 'pglite' ? embeddedSleepMsMax : config.pollIntervalMs;
    const free = config.concurrencyMax - this.#running.size;
    const idle = [...this.#scheduled.values()].filter(({ job }) => !this.#present.has(job.name));
    if (free <= 0 || idle.length === 0) return pauseMsMax;
    const mine = idle.map(({ job, timetable }) => ({
      name: job.name,
      schedule: timetable.text,
      headStartMs: job.sticky ? headStartPolls * config.pollIntervalMs : 0,
    }));
    for (const ready of await findReadyJobs(database, mine, { holder, limit: free + 1 })) {
      const waitMs = ready.readyAt.getTime() - clock.now().getTime();
      if (waitMs > 0) return Math.min(waitMs, pauseMsMax);
      if (this.#running.size >= config.concurrencyMax || this.#isStopping) break;
      await this.#begin(this.#scheduled.get(ready.name) as ScheduledJob, ready);
    }
    return pauseMsMax;
  }

  async #begin(scheduled: ScheduledJob, { name, leftBehindBy }: ReadyJob): Promise<void> {
    const { log } = this.#parts;
    if (leftBehindBy)
      log.warn({ job: name, leftBehindBy }, 'the lease of a job ended in the middle of its run');
    const execution = await beginRun(scheduled, this.#parts);
    if (!execution) return;
    this.#running.add(execution);
    this.#present.set(execution.name, execution);
    if (this.#isStopping) execution.interrupt();
    void execution.ended.then(() => {
      this.#running.delete(execution);
      this.#wakeup.wake();
    });
    void Promise.all([execution.ended, execution.returned]).then(() => {
      this.#present.delete(execution.name);
      this.#wakeup.wake();
    });
  }
}
