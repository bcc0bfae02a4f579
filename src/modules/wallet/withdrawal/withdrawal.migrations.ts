import type { Migration } from '../../../platform/database/index.js';

/** Whose account it is and its number are sealed; of the number its end is kept in the clear. Both go when their owner does: `account` is null then. */
export const withdrawalMigrations: readonly Migration[] = [
  {
    id: '0704-wallet-withdrawals',
    up: `
      create table withdrawal_orders (
        id uuid primary key,
        user_id uuid not null references users (id),
        amount bigint not null check (amount > 0),
        fee bigint not null check (fee between 0 and amount),
        state text not null check (state in
          ('pending', 'approved-once', 'approved', 'paid', 'rejected', 'failed', 'cancelled')),
        hold_id uuid not null unique,
        account_type text not null,
        account_hint text not null,
        account bytea,
        sealed_with text,
        requested_at timestamptz not null,
        payable_at timestamptz not null,
        changed_at timestamptz not null,
        first_reviewer uuid,
        reason text
      );
      create index withdrawal_orders_user on withdrawal_orders (user_id, id);
      create index withdrawal_orders_state on withdrawal_orders (state, id);
    `,
  },
];
