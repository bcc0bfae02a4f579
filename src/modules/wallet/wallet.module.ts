import { Audit } from '../../platform/audit/index.js';
import { Database } from '../../platform/database/index.js';
import { Events } from '../../platform/events/index.js';
import { Exports } from '../../platform/http/index.js';
import { Clock } from '../../platform/kernel/index.js';
import { defineModule } from '../../platform/module/index.js';
import { Secrets } from '../../platform/secrets/index.js';
import { AccountOpening, Accounts } from '../auth/index.js';
import { ledgerChains } from './ledger/ledger.tables.js';
import { rechargeRoutes } from './recharge/recharge.routes.js';
import { sandboxRoutes } from './recharge/sandbox.routes.js';
import { reconciliationCommands } from './reconciliation/reconciliation.commands.js';
import { reconciliationJobs } from './reconciliation/reconciliation.jobs.js';
import { reconciliationRoutes } from './reconciliation/reconciliation.routes.js';
import { staffRoutes } from './staff/staff.routes.js';
import { statementRoutes } from './statement/statement.routes.js';
import { transferRoutes } from './transfer/transfer.routes.js';
import { assembleWallet } from './wallet.assembly.js';
import { walletConfig } from './wallet.config.js';
import { walletErrors } from './wallet.errors.js';
import { walletEvents } from './wallet.events.js';
import { holdExpiryJob, orderExpiryJob } from './wallet.jobs.js';
import { walletMigrations } from './wallet.migrations.js';
import { walletPersonalData } from './wallet.personal-data.js';
import { Wallet } from './wallet.port.js';
import { payoutAccountSecrets } from './withdrawal/payout-account.js';
import { reviewRoutes } from './withdrawal/review.routes.js';
import { withdrawalRoutes } from './withdrawal/withdrawal.routes.js';

export const walletModule = defineModule({
  name: 'wallet',
  version: '1.0.0',
  summary: 'Coins of users in double entry: recharged, spent, shared with authors, refunded, withdrawn.',
  criticality: 'required',
  needs: {
    ...{ database: Database, clock: Clock, exports: Exports, events: Events },
    ...{ audit: Audit, secrets: Secrets, accounts: Accounts },
  },
  provides: { wallet: Wallet, opening: AccountOpening },
  config: walletConfig,
  errors: walletErrors,
  migrations: walletMigrations,
  events: walletEvents,
  setup: (deps) => {
    const { config, metrics, clock } = deps;
    const parts = assembleWallet(deps);
    const { coins, recharges, sandbox, reconciliation } = parts;
    return {
      service: parts.service,
      exposes: { wallet: coins, opening: { opened: (tx, userId) => coins.open(tx, userId) } },
      routes: [
        ...statementRoutes(parts.statement),
        ...rechargeRoutes(recharges),
        ...(sandbox ? sandboxRoutes({ recharges, sandbox, clock }) : []),
        ...transferRoutes(parts.transfers),
        ...withdrawalRoutes(parts.withdrawals),
        ...reviewRoutes(parts.withdrawals),
        ...staffRoutes(parts.staff),
        ...reconciliationRoutes(reconciliation),
      ],
      commands: reconciliationCommands(reconciliation),
      jobs: [
        holdExpiryJob(deps, coins.holds, config.holds),
        orderExpiryJob(recharges, config.holds),
        ...reconciliationJobs(reconciliation, metrics),
      ],
      secretHolders: [payoutAccountSecrets],
      personalData: [walletPersonalData(deps.secrets)],
      sealedTables: ledgerChains,
    };
  },
});
