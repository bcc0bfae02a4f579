import type { Database } from '../database/index.js';
import type { Job, JobRun } from '../jobs/index.js';
import { type BaseService, type Clock, type Health, healthy, port } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import type { IdempotencyConfig } from './idempotency.config.js';
import { IdempotencyMetrics } from './idempotency.metrics.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { KeyedOnce } from './keyed-once.js';
import { type Once, plainOnce } from './once.js';
import { idempotencyKeyOf, requestHash } from './request-identity.js';
import { RunningKeys } from './running-keys.js';

export interface OnceRequest {
  /** The header `Idempotency-Key` as it came, if it came. */
  readonly key: string | readonly string[] | undefined;
  readonly userId: string;
  /** `POST /api/v1/ai/continue`: a key means something for one user and one operation. */
  readonly operation: string;
  /** All that makes it this request and no other: params, query, body. */
  readonly input: unknown;
  /** Called before the result of an earlier request is answered. */
  readonly replayed: () => void;
}

export interface Idempotency {
  /** The Once of a request. Raises `idempotency-key-invalid`. */
  once(request: OnceRequest): Once;
}

export const Idempotency = port<Idempotency>('idempotency');

export interface IdempotencyServiceOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly config: IdempotencyConfig;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A cleanup that meets more than this many batches leaves the rest to its next run. */
const batchesMax = 1_000;

export class IdempotencyService implements BaseService, Idempotency {
  readonly name = 'idempotency';
  readonly version = '1.0.0';
  readonly #options: IdempotencyServiceOptions;
  readonly #repository: IdempotencyRepository;
  readonly #running: RunningKeys;
  readonly #plain: Once;
  readonly #counts: IdempotencyMetrics;

  constructor(options: IdempotencyServiceOptions) {
    this.#options = options;
    this.#repository = new IdempotencyRepository(options.database);
    this.#running = new RunningKeys(options.config);
    this.#plain = plainOnce(options.database);
    this.#counts = new IdempotencyMetrics(options.metrics);
  }

  async initialize(): Promise<void> {}

  async health(): Promise<Health> {
    return healthy;
  }

  async close(): Promise<void> {}

  once({ key: header, userId, operation, input, replayed }: OnceRequest): Once {
    const key = idempotencyKeyOf(header);
    if (key === undefined) return this.#plain;
    return new KeyedOnce(
      { ...this.#options, repository: this.#repository, running: this.#running, counts: this.#counts },
      { scope: `${userId} ${operation}`, key, requestHash: requestHash([operation, input]), replayed },
    );
  }

  /** Removes the keys past their end in batches; answers how many. */
  async removeExpired({ signal }: Pick<JobRun, 'signal'>): Promise<number> {
    const { clock, config } = this.#options;
    let removed = 0;
    for (let batches = 0; batches < batchesMax && !signal.aborted; batches++) {
      const rows = await this.#repository.removeExpired(clock.now(), config.cleanupBatchMax);
      removed += rows;
      if (rows < config.cleanupBatchMax) break;
    }
    return removed;
  }

  get cleanup(): Job {
    return {
      name: 'idempotency-cleanup',
      summary: 'Removes idempotency keys that are past their end.',
      schedule: { everySeconds: 600 },
      timeLimitSeconds: 120,
      run: async (run) => {
        const removed = await this.removeExpired(run);
        if (removed > 0) this.#options.log.info({ removed }, 'idempotency keys past their end were removed');
      },
    };
  }
}
