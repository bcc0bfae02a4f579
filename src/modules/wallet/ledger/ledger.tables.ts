import type { ColumnType } from 'kysely';
import type { SealedTable } from '../../../platform/sealer/index.js';
import type { AccountKind } from './account.domain.js';

export interface LedgerTables {
  ledger_accounts: {
    id: ColumnType<number, never, never>;
    user_id: string | null;
    kind: AccountKind;
    shard: number | null;
    balance: number;
    locked: boolean;
  };
  ledger_transactions: {
    id: string;
    at: ColumnType<Date, Date, never>;
    type: string;
    reference: string;
    user_id: string;
    original_id: string | null;
  };
  ledger_postings: {
    id: string;
    transaction_id: string;
    account_id: number;
    amount: number;
    at: ColumnType<Date, Date, never>;
  };
}

export const sealedTransactions = {
  chain: 'ledger-transactions',
  table: 'ledger_transactions',
  momentColumn: 'at',
  forms: [
    [
      { name: 'at', type: 'moment' },
      { name: 'type', type: 'text' },
      { name: 'reference', type: 'text' },
      { name: 'user_id', type: 'uuid' },
      { name: 'original_id', type: 'uuid' },
    ],
  ],
} as const satisfies SealedTable;

export const sealedPostings = {
  chain: 'ledger-postings',
  table: 'ledger_postings',
  momentColumn: 'at',
  forms: [
    [
      { name: 'at', type: 'moment' },
      { name: 'transaction_id', type: 'uuid' },
      { name: 'account_id', type: 'integer' },
      { name: 'amount', type: 'integer' },
    ],
  ],
} as const satisfies SealedTable;

export const ledgerChains = [sealedTransactions, sealedPostings] as const;
