import { pino } from 'pino';
import { FakeClock } from '../../../testing/fake-clock.js';
import { sectionDefaults } from '../../config/index.js';
import type { Database } from '../../database/index.js';
import { AppError } from '../../errors/index.js';
import { Metrics } from '../../metrics/index.js';
import { type IdempotencyConfig, IdempotencyService, idempotencyConfig, type OnceRequest } from '../index.js';

const log = pino({ level: 'silent' });

export function serviceOn(
  database: Database,
  {
    clock = new FakeClock(),
    metrics = new Metrics(),
    ...config
  }: Partial<IdempotencyConfig> & { clock?: FakeClock; metrics?: Metrics } = {},
): IdempotencyService {
  const section = sectionDefaults(idempotencyConfig, config);
  return new IdempotencyService({ database, clock, config: section, log, metrics });
}

/** A request of one user with one body, and how often it was answered from the record. */
export function requestOf(changes: Partial<OnceRequest> = {}): OnceRequest & { replays: () => number } {
  let replays = 0;
  return {
    key: 'key-1',
    userId: '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11',
    operation: 'POST /api/v1/gifts',
    input: { body: { coins: 5 } },
    replayed: () => {
      replays += 1;
    },
    ...changes,
    replays: () => replays,
  };
}

export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'answered';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}
