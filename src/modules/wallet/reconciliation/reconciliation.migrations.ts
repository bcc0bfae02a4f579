import type { Migration } from '../../../platform/database/index.js';

export const reconciliationMigrations: readonly Migration[] = [
  {
    id: '0705-wallet-reconciliations',
    up: `
      create table reconciliations (
        id uuid primary key,
        checked_at timestamptz not null,
        total bigint not null check (total >= 0),
        mismatches jsonb not null
      );
      create index reconciliations_newest on reconciliations (checked_at desc, id desc);
    `,
  },
];
