import type { Migration } from '../../../platform/database/index.js';

/** What stands in `users` is the ban in force; here is every one there ever was. */
const bans: Migration = {
  id: '0641-auth-user-bans',
  up: `
    create table user_bans (
      id uuid primary key,
      user_id uuid not null references users (id),
      reason text not null,
      until timestamptz,
      banned_by uuid not null references users (id),
      banned_at timestamptz not null,
      lifted_by uuid references users (id),
      lifted_at timestamptz,
      lift_reason text,
      check ((lifted_by is null) = (lifted_at is null))
    );
    create index user_bans_by_user on user_bans (user_id, id);
  `,
};

/**
 * The prefixes that users are searched by, compared as bytes; `collate "C"` folds ASCII only, on every server alike. The
 * rare states are lists of their own, by id as all lists of users are.
 */
const search: Migration = {
  id: '0642-auth-user-search',
  up: `
    create index users_by_username_prefix on users (username_key text_pattern_ops);
    create index users_by_email_prefix on users (email_key text_pattern_ops);
    create index users_by_nickname_prefix on users (lower(nickname collate "C") text_pattern_ops);
    create index users_by_rare_status on users (status, id) where status <> 'active';
    create index users_by_author_tier on users (author_tier, id) where author_tier is not null;
  `,
};

export const staffMigrations: readonly Migration[] = [bans, search];
