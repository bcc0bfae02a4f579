import type { Database } from '../../../platform/database/index.js';
import type { Job, JobRun } from '../../../platform/jobs/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AuthConfig } from '../auth.config.js';
import { deleteChangesBefore } from './auth-changes.repository.js';

interface ChangeCleanupDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: Pick<AuthConfig, 'accessToken'>;
}

/** For clocks of instances that are wrong by more than they may be. */
const graceMs = 3_600_000;
const batchMax = 5_000;
/** A run that meets more than this many batches leaves the rest to the next one. */
const batchesMax = 200;

/** Removes changes that no living token can be about. */
export class ChangeCleanup {
  readonly #deps: ChangeCleanupDeps;

  constructor(deps: ChangeCleanupDeps) {
    this.#deps = deps;
  }

  get job(): Job {
    return {
      name: 'auth-changes-cleanup',
      summary: 'Removes changes of sessions and roles that are older than any access token.',
      schedule: { everySeconds: 600 },
      timeLimitSeconds: 120,
      run: async (run) => void (await this.removeOld(run)),
    };
  }

  /** Answers how many it removed. */
  async removeOld({ signal }: Pick<JobRun, 'signal'>): Promise<number> {
    const { db, clock, config } = this.#deps;
    const { ttlSeconds, clockToleranceSeconds } = config.accessToken;
    const before = new Date(clock.now().getTime() - (ttlSeconds + clockToleranceSeconds) * 1000 - graceMs);
    let removed = 0;
    for (let batches = 0; batches < batchesMax && !signal.aborted; batches += 1) {
      const rows = await deleteChangesBefore(db, before, batchMax);
      removed += rows;
      if (rows < batchMax) break;
    }
    return removed;
  }
}
