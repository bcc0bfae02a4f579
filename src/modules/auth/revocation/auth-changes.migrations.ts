import type { Migration } from '../../../platform/database/index.js';

/**
 * `subject`: the id of a token (`jti`), a session, a user, a signing key, or the name of a role. `xid` is the
 * position of whoever tails the table: `seq` alone would skip what a slow transaction commits late.
 */
const changes: Migration = {
  id: '0600-auth-changes',
  up: `
    create table auth_changes (
      seq bigint generated always as identity primary key,
      xid xid8 not null default pg_current_xact_id(),
      kind text not null check (kind in ('token', 'session', 'user', 'role', 'key')),
      subject text not null,
      reason text not null,
      recorded_at timestamptz not null
    );
    create index auth_changes_by_xid on auth_changes (xid);
    create index auth_changes_by_age on auth_changes (recorded_at);
    create index auth_changes_tokens on auth_changes (subject) where kind = 'token';
  `,
};

export const authChangesMigrations: readonly Migration[] = [changes];
