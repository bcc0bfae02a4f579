import type { Database } from '../../platform/database/index.js';
import type { Job } from '../../platform/jobs/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import { findOverdueHolds } from './hold/hold.repository.js';
import type { Holds } from './hold/holds.js';
import type { RechargeService } from './recharge/recharge.service.js';
import type { WalletConfig } from './wallet.config.js';

const timeLimitSeconds = 300;
const pageSize = 200;

export function holdExpiryJob(
  { database, clock }: { database: Database; clock: Clock },
  holds: Holds,
  { sweepIntervalSeconds }: WalletConfig['holds'],
): Job {
  return {
    name: 'wallet-hold-expiry',
    summary: 'Gives back coins that were set aside when their hold has ended',
    schedule: { everySeconds: sweepIntervalSeconds },
    timeLimitSeconds,
    run: async ({ signal }) => {
      for (let page = pageSize; page === pageSize; ) {
        const overdue = await findOverdueHolds(database, clock.now(), pageSize);
        for (const holdId of overdue) {
          signal.throwIfAborted();
          await database.withTransaction({ name: 'expire-hold' }, (tx) => holds.expire(tx, holdId));
        }
        page = overdue.length;
      }
    },
  };
}

export function orderExpiryJob(
  recharges: Pick<RechargeService, 'expire'>,
  { sweepIntervalSeconds }: WalletConfig['holds'],
): Job {
  return {
    name: 'wallet-recharge-expiry',
    summary: 'Writes down which recharge orders nobody paid in time',
    schedule: { everySeconds: sweepIntervalSeconds },
    timeLimitSeconds,
    run: async ({ signal }) => void (await recharges.expire(signal)),
  };
}
