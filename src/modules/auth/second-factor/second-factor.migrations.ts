import type { Migration } from '../../../platform/database/index.js';

/**
 * `totp_enabled_at` stands beside the user, and `stepped_up_at` beside the session, since every request reads both rows.
 * A code is good for one use: `last_step` only grows. An attempt is counted before it is looked at.
 */
const secondFactor: Migration = {
  id: '0650-auth-second-factor',
  up: `
    alter table users add column totp_enabled_at timestamptz;
    alter table sessions add column stepped_up_at timestamptz;
    create table totp_seeds (
      id uuid primary key,
      user_id uuid not null references users (id),
      state text not null check (state in ('pending', 'active')),
      secret bytea not null,
      sealed_with text,
      last_step bigint not null default 0,
      created_at timestamptz not null,
      unique (user_id, state)
    );
    create table recovery_codes (
      user_id uuid not null references users (id),
      code_hash bytea not null,
      created_at timestamptz not null,
      used_at timestamptz,
      primary key (user_id, code_hash)
    );
    create table proof_attempts (
      user_id uuid not null references users (id),
      kind text not null check (kind in ('password', 'second-factor')),
      attempts integer not null check (attempts > 0),
      window_ends_at timestamptz not null,
      primary key (user_id, kind)
    );
  `,
};

export const secondFactorMigrations: readonly Migration[] = [secondFactor];
