import type { Migration } from '../../platform/database/index.js';
import { holdMigrations } from './hold/hold.migrations.js';
import { ledgerMigrations } from './ledger/ledger.migrations.js';
import { rechargeMigrations } from './recharge/recharge.migrations.js';
import { reconciliationMigrations } from './reconciliation/reconciliation.migrations.js';
import { withdrawalMigrations } from './withdrawal/withdrawal.migrations.js';

export const walletMigrations: readonly Migration[] = [
  ...ledgerMigrations,
  ...holdMigrations,
  ...rechargeMigrations,
  ...withdrawalMigrations,
  ...reconciliationMigrations,
];
