import { AppError } from '../errors/index.js';
import type { Metrics } from '../metrics/index.js';
import { idempotencyErrors } from './idempotency.errors.js';

/**
 * `first`: had its effect, which was recorded. `refused`: its effect was rolled back, so nothing was. `failed`: it
 * raised an error of its own. The others are repetitions: answered, told to wait, or not what the key stands for.
 */
const outcomes = ['first', 'refused', 'failed', 'replayed', 'running', 'reused', 'too_large'] as const;
export type RequestOutcome = (typeof outcomes)[number];

const byCode = new Map<string, RequestOutcome>([
  [idempotencyErrors.keyRunning.definition.code, 'running'],
  [idempotencyErrors.keyReused.definition.code, 'reused'],
  [idempotencyErrors.answerTooLarge.definition.code, 'too_large'],
]);

export class IdempotencyMetrics {
  readonly #requests;

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter({
      name: 'idempotency_requests_total',
      help: 'Requests with an Idempotency-Key, by what came of them',
      labels: ['outcome'],
    });
    for (const outcome of outcomes) this.#requests.inc({ outcome }, 0);
  }

  answered(outcome: RequestOutcome): void {
    this.#requests.inc({ outcome });
  }

  raised(error: unknown): void {
    const outcome = error instanceof AppError ? byCode.get(error.code) : undefined;
    this.#requests.inc({ outcome: outcome ?? 'failed' });
  }
}
