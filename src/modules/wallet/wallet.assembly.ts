import { randomBytes } from 'node:crypto';
import type { Audit } from '../../platform/audit/index.js';
import type { Database } from '../../platform/database/index.js';
import type { Events } from '../../platform/events/index.js';
import type { Exports } from '../../platform/http/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import type { Logger } from '../../platform/logger/index.js';
import type { Metrics } from '../../platform/metrics/index.js';
import type { Secrets } from '../../platform/secrets/index.js';
import type { Accounts } from '../auth/index.js';
import { Coins } from './coins.js';
import { Ledger } from './ledger/ledger.js';
import { RechargeService } from './recharge/recharge.service.js';
import { SandboxProvider } from './recharge/sandbox.provider.js';
import { ReconciliationService } from './reconciliation/reconciliation.service.js';
import { StaffService } from './staff/staff.service.js';
import { StatementService } from './statement/statement.service.js';
import { TransferService } from './transfer/transfer.service.js';
import type { WalletConfig } from './wallet.config.js';
import { WalletMetrics } from './wallet.metrics.js';
import { WalletService } from './wallet.service.js';
import { WithdrawalService } from './withdrawal/withdrawal.service.js';

export interface WalletDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly exports: Exports;
  readonly events: Events;
  readonly audit: Audit;
  readonly secrets: Secrets;
  readonly accounts: Accounts;
  readonly config: WalletConfig;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Puts the services together. */
export function assembleWallet(deps: WalletDeps) {
  const { database, config, metrics } = deps;
  const ledger = new Ledger({ ...deps, metrics: new WalletMetrics(metrics) });
  const coins = new Coins({ ...deps, ledger });
  const sandbox = sandboxOf(config);
  const providers = sandbox ? [sandbox] : [];
  return {
    ...{ ledger, coins, sandbox },
    recharges: new RechargeService({ ...deps, ledger, providers, config: config.recharge }),
    statement: new StatementService(deps),
    transfers: new TransferService({ ...deps, ledger }),
    withdrawals: new WithdrawalService({ ...deps, ledger, holds: coins.holds, config: config.withdrawal }),
    staff: new StaffService({ ...deps, ledger }),
    reconciliation: new ReconciliationService(deps),
    service: new WalletService(database),
  };
}

function sandboxOf({ sandbox, recharge }: WalletConfig): SandboxProvider | undefined {
  if (!sandbox.enabled) return undefined;
  const secret = sandbox.secret ?? randomBytes(32).toString('hex');
  return new SandboxProvider({ secret, callbackSkewSeconds: recharge.callbackSkewSeconds });
}
