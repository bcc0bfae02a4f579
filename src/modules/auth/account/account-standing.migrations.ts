import type { Migration } from '../../../platform/database/index.js';

/** A ban that has an end is over at that moment, whether or not anybody wrote it down. */
const standing: Migration = {
  id: '0601-auth-account-standing',
  up: `
    alter table users
      add column banned_until timestamptz,
      add column ban_reason text,
      add column roles_revision integer not null default 0,
      add column author_tier text check (author_tier in ('novice', 'signed', 'master'));
    update users set author_tier = 'novice'
      where id in (select user_id from user_roles where role = 'author');
  `,
};

export const accountStandingMigrations: readonly Migration[] = [standing];
