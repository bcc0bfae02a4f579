import type { Migration } from '../../../platform/database/index.js';

/**
 * An order is what was asked for; a notice is what a provider told, one row for each payment it knows. A notice that
 * could not be credited is money that waits for somebody to decide.
 */
export const rechargeMigrations: readonly Migration[] = [
  {
    id: '0703-wallet-recharges',
    up: `
      create table recharge_orders (
        id uuid primary key,
        user_id uuid not null references users (id),
        provider text not null,
        amount_fen bigint not null check (amount_fen > 0),
        coins bigint not null check (coins > 0),
        tier_bonus_coins bigint not null check (tier_bonus_coins >= 0),
        bonus_coins bigint not null default 0 check (bonus_coins >= 0),
        refunded_coins bigint not null default 0 check (refunded_coins between 0 and coins),
        state text not null check (state in ('pending', 'paid', 'expired')),
        created_at timestamptz not null,
        expires_at timestamptz not null,
        paid_at timestamptz,
        transaction_id uuid unique,
        check ((state = 'paid') = (paid_at is not null and transaction_id is not null))
      );
      create index recharge_orders_pending on recharge_orders (expires_at, id) where state = 'pending';

      create table payment_notices (
        provider text not null,
        payment_id text not null,
        order_id uuid not null,
        amount_fen bigint not null,
        outcome text not null check (outcome in ('credited', 'unknown-order', 'wrong-amount', 'paid-already')),
        received_at timestamptz not null,
        primary key (provider, payment_id)
      );
      create index payment_notices_uncredited on payment_notices (received_at) where outcome <> 'credited';
    `,
  },
];
