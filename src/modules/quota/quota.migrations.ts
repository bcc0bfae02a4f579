import type { Migration } from '../../platform/database/index.js';

/**
 * Grants are the hot rows: their changing columns are in no index and their pages are half empty, so
 * that an update stays on its page. Splits are `[{"grantId", "tokens"}]` in the order of spending.
 */
export const quotaMigrations: readonly Migration[] = [
  {
    id: '0300-quota-grants',
    up: `
      create table quota_grants (
        id uuid primary key,
        user_id uuid not null references users (id),
        kind text not null check (kind in ('daily', 'package', 'purchased', 'gift')),
        tokens bigint not null check (tokens >= 0),
        unlimited boolean not null default false,
        provisional boolean not null default false,
        used bigint not null default 0 check (used >= 0),
        reserved bigint not null default 0 check (reserved >= 0),
        starts_at timestamptz not null,
        ends_at timestamptz not null,
        constraint quota_grants_not_overspent check (unlimited or used + reserved <= tokens),
        constraint quota_grants_period check (starts_at < ends_at)
      ) with (fillfactor = 50);
      create unique index quota_grants_daily on quota_grants (user_id, ends_at) where kind = 'daily';
      create index quota_grants_user on quota_grants (user_id, ends_at, id);

      create table quota_suspensions (
        user_id uuid primary key references users (id),
        reason text not null,
        suspended_at timestamptz not null
      );
    `,
  },
  {
    id: '0301-quota-reservations',
    up: `
      create table quota_reservations (
        call_id uuid primary key,
        user_id uuid not null,
        operation text not null,
        model text not null,
        max_tokens bigint not null check (max_tokens >= 0),
        in_factor bigint not null check (in_factor >= 0),
        out_factor bigint not null check (out_factor >= 0),
        ceiling bigint not null check (ceiling >= 0),
        split jsonb not null,
        entitled_tokens bigint not null check (entitled_tokens >= 0),
        entitled_unlimited boolean not null,
        state text not null check (state in ('open', 'settled', 'released', 'expired')),
        noted_prompt bigint not null default 0 check (noted_prompt >= 0),
        noted_completion bigint not null default 0 check (noted_completion >= 0),
        charged bigint not null default 0 check (charged >= 0),
        absorbed bigint not null default 0 check (absorbed >= 0),
        created_at timestamptz not null,
        expires_at timestamptz not null
      );
      create index quota_reservations_open on quota_reservations (expires_at) where state = 'open';
    `,
  },
  {
    id: '0302-quota-journal',
    up: `
      create table quota_journal (
        user_id uuid not null,
        id uuid not null,
        at timestamptz not null,
        kind text not null check (kind in ('grant', 'usage', 'expiry')),
        tokens bigint not null,
        split jsonb not null,
        call_id uuid,
        operation text,
        model text,
        prompt_tokens bigint check (prompt_tokens >= 0),
        completion_tokens bigint check (completion_tokens >= 0),
        absorbed_tokens bigint check (absorbed_tokens >= 0),
        primary key (user_id, id)
      );
      create table quota_usage_days (
        user_id uuid not null,
        day date not null,
        operation text not null,
        model text not null,
        calls bigint not null,
        prompt_tokens bigint not null,
        completion_tokens bigint not null,
        charged_tokens bigint not null,
        absorbed_tokens bigint not null,
        primary key (user_id, day, operation, model)
      );
    `,
  },
];
