import { pino } from 'pino';
import { afterEach, vi } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { sectionDefaults } from '../../config/index.js';
import type { Database } from '../../database/index.js';
import type { Clock } from '../../kernel/index.js';
import type { Logger } from '../../logger/index.js';
import { Metrics } from '../../metrics/index.js';
import type { Job, JobRun, JobSchedule } from '../job.js';
import { jobMigrations } from '../job.migrations.js';
import { JobBoardService, type JobReport } from '../job-board.js';
import { Jobs } from '../job-registry.js';
import { JobRunner } from '../job-runner.js';
import { type JobsConfig, jobsConfig } from '../jobs.config.js';

const patience = { timeout: 20_000, interval: 10 };
const silent = pino({ level: 'silent' });

interface InstanceOptions {
  readonly jobs?: readonly Job[];
  readonly clock?: Clock;
  readonly config?: Partial<JobsConfig>;
  readonly database?: Database;
  readonly log?: Logger;
}

const opened: TestInstance[] = [];
const endings: (() => void)[] = [];

/** A suite on both engines; what a test has started is closed before its database is. */
export function describeCluster(name: string, suite: (open: () => Promise<Cluster>) => void): void {
  describeEachEngine(name, (open) => {
    closeAfterEach();
    suite(async () => Cluster.on(await open({ migrations: jobMigrations })));
  });
}

export function closeAfterEach(): void {
  afterEach(async () => {
    for (const end of endings.splice(0)) end();
    await Promise.all(opened.splice(0).map(({ runner }) => runner.close()));
  });
}

/** Instances of one cluster, which share a database. */
export class Cluster {
  readonly clock = new FakeClock();
  #instances = 0;

  private constructor(readonly database: Database) {}

  static on(database: Database): Cluster {
    return new Cluster(database);
  }

  /** One that nobody has started. */
  instance(options: InstanceOptions = {}): TestInstance {
    this.#instances += 1;
    return new TestInstance(`instance-${this.#instances}`, {
      database: this.database,
      clock: this.clock,
      ...options,
    });
  }

  async started(options: InstanceOptions = {}): Promise<TestInstance> {
    const instance = this.instance(options);
    await instance.runner.initialize();
    return instance;
  }
}

class TestInstance {
  readonly name: string;
  readonly runner: JobRunner;
  readonly board: JobBoardService;
  readonly metrics = new Metrics();
  readonly #database: Database;
  readonly #look: string;
  #looks = 0;

  constructor(name: string, options: InstanceOptions & { database: Database; clock: Clock }) {
    const { database, clock, jobs = [], config = {}, log = silent } = options;
    this.name = name;
    this.#database = database;
    this.#look = `look-of-${name}`;
    const look = job(this.#look, { cron: '0 0 1 1 *' }, async () => {
      this.#looks += 1;
    });
    const registry = new Jobs();
    registry.fill([...jobs, look]);
    this.runner = new JobRunner({
      ...{ database, clock, registry, log, metrics: this.metrics, holder: name },
      config: { ...sectionDefaults(jobsConfig), pollIntervalMs: 10, ...config },
    });
    this.board = new JobBoardService({ database, clock, registry, wake: () => this.runner.wake() });
    opened.push(this);
  }

  /** Resolves when the runner has looked at what is due since the call, and has begun it where there was room. */
  async look(): Promise<void> {
    // A look that was under way may have read what was due before the call.
    for (const looks of [this.#looks + 1, this.#looks + 2]) {
      await this.request(this.#look);
      await vi.waitUntil(() => this.#looks >= looks, patience);
      await vi.waitUntil(async () => !(await this.report(this.#look)).running, patience);
    }
  }

  request(name: string): Promise<Date | undefined> {
    return this.#database.withTransaction({ name: 'request' }, (tx) => this.board.requestRun(tx, name));
  }

  async report(name: string): Promise<JobReport> {
    const found = (await this.board.list()).find((report) => report.name === name);
    if (!found) throw new Error(`there is no job ${name}`);
    return found;
  }

  /** Waits until the job does not run and its last run came to `outcome`. */
  async ended(name: string, outcome: string): Promise<JobReport> {
    return vi.waitFor(async () => {
      const report = await this.report(name);
      if (report.running || report.lastRun?.outcome !== outcome) {
        throw new Error(`not ended with ${outcome}: ${JSON.stringify(report)}`);
      }
      return report;
    }, patience);
  }

  async series(name: string): Promise<string[]> {
    const page = await this.metrics.registry.metrics();
    return page.split('\n').filter((line) => line.startsWith(name));
  }
}

export function job(name: string, schedule: JobSchedule, run: (run: JobRun) => Promise<void>): Job {
  return { name, summary: `The job ${name} of a test.`, schedule, timeLimitSeconds: 60, run };
}

/** A job that writes down the moments that it ran for. */
export function recording(name: string, schedule: JobSchedule) {
  const dueAt: string[] = [];
  return { dueAt, job: job(name, schedule, async (run) => void dueAt.push(run.dueAt.toISOString())) };
}

/** A job whose every run lasts until the test ends it. */
export function held(name: string, schedule: JobSchedule) {
  const runs: { run: JobRun; end: (error?: Error) => void }[] = [];
  const hold = (run: JobRun) =>
    new Promise<void>((resolve, reject) => {
      runs.push({ run, end: (error) => (error ? reject(error) : resolve()) });
    });
  endings.push(() => {
    for (const { end } of runs) end();
  });
  const began = (count: number) => vi.waitUntil(() => runs.length >= count, patience);
  return { runs, began, job: job(name, schedule, hold) };
}
