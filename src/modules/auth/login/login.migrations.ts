import type { Migration } from '../../../platform/database/index.js';

/**
 * `key` is a hash, so that a login that nobody has takes a row like any other. `failures` holds the moments
 * that still count, never more than lock. A row without a lock is worthless past `expires_at`.
 */
const guards: Migration = {
  id: '0630-auth-login-guards',
  up: `
    create table login_guards (
      key bytea primary key check (length(key) = 16),
      kind text not null check (kind in ('account', 'address')),
      failures timestamptz[] not null,
      lock_level smallint not null check (lock_level between 0 and 64),
      locked_until timestamptz,
      expires_at timestamptz not null,
      check ((lock_level = 0) or (locked_until is not null))
    );
    create index login_guards_by_expiry on login_guards (expires_at);
  `,
};

export const loginMigrations: readonly Migration[] = [guards];
