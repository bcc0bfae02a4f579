import { port } from '../kernel/index.js';
import type { Job } from './job.js';

/** The jobs of this release. Filled once, when all modules are wired, before anything starts. */
export interface JobRegistry {
  /** Raises an error that names the job when a name is taken twice or a declaration is impossible. */
  fill(jobs: readonly Job[]): void;
  /** Empty before it is filled. */
  all(): readonly Job[];
  get(name: string): Job | undefined;
}

export const JobRegistry = port<JobRegistry>('job-registry');

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameLengthMax = 64;

export class Jobs implements JobRegistry {
  #byName: ReadonlyMap<string, Job> = new Map();

  fill(jobs: readonly Job[]): void {
    if (this.#byName.size > 0) throw new Error('The registry of jobs is filled once.');
    const byName = new Map<string, Job>();
    for (const job of jobs) {
      if (byName.has(job.name)) throw new Error(`Two jobs are named "${job.name}".`);
      checkJob(job);
      byName.set(job.name, job);
    }
    this.#byName = byName;
  }

  all(): readonly Job[] {
    return [...this.#byName.values()];
  }

  get(name: string): Job | undefined {
    return this.#byName.get(name);
  }
}

function checkJob({ name, timeLimitSeconds }: Job): void {
  if (!namePattern.test(name) || name.length > nameLengthMax) {
    throw new Error(`The job "${name}" needs a name in kebab-case of at most ${nameLengthMax} characters.`);
  }
  if (!(timeLimitSeconds > 0) || !Number.isFinite(timeLimitSeconds)) {
    throw new Error(`The job "${name}" needs a time limit above 0 s, not ${timeLimitSeconds}.`);
  }
}
