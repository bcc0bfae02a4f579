import type { Migration } from '../../../platform/database/index.js';

export const holdMigrations: readonly Migration[] = [
  {
    id: '0702-wallet-holds',
    up: `
      create table wallet_holds (
        id uuid primary key,
        user_id uuid not null,
        reference text not null constraint wallet_holds_reference unique,
        state text not null check (state in ('open', 'captured', 'released', 'expired')),
        promo bigint not null check (promo >= 0),
        paid bigint not null check (paid >= 0),
        earnings bigint not null check (earnings >= 0),
        opened_at timestamptz not null,
        ends_at timestamptz,
        ended_at timestamptz,
        check ((state = 'open') = (ended_at is null))
      );
      create index wallet_holds_open on wallet_holds (ends_at, id) where state = 'open' and ends_at is not null;
      create index wallet_holds_open_user on wallet_holds (user_id) where state = 'open';
    `,
  },
];
