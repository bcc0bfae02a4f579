import type { Migration } from '../../../platform/database/index.js';

/** A phone has one code at a time. Of codes there is only an HMAC, of phones that asked for one only a keyed hash. */
const phones: Migration = {
  id: '0631-auth-phones',
  up: `
    create table user_phones (
      phone text primary key check (phone ~ '^\\+[1-9][0-9]{6,14}$'),
      user_id uuid not null constraint user_phones_one_each unique references users (id),
      bound_at timestamptz not null
    );
    create table phone_codes (
      phone_key bytea primary key check (length(phone_key) = 16),
      purpose text not null check (purpose in ('sign-in', 'bind', 'unbind')),
      code_mac bytea not null check (length(code_mac) = 32),
      wrong_tries smallint not null default 0 check (wrong_tries >= 0),
      expires_at timestamptz not null
    );
    create index phone_codes_by_expiry on phone_codes (expires_at);
    create table phone_code_allowances (
      key bytea primary key check (length(key) = 16),
      sent_at timestamptz[] not null,
      expires_at timestamptz not null
    );
    create index phone_code_allowances_by_expiry on phone_code_allowances (expires_at);
  `,
};

export const phoneMigrations: readonly Migration[] = [phones];
