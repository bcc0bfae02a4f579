import type { Migration } from '../../../platform/database/index.js';

/**
 * The token is derived from `id` and is nowhere. `user_id` is null where somebody asked for a link and nobody gets one,
 * which leaves the same traces; `email` is what a mailed link is bound to, null for one that staff hands over.
 */
const links: Migration = {
  id: '0651-auth-links',
  up: `
    create table auth_links (
      id uuid primary key,
      purpose text not null check (purpose in ('password-reset', 'email-verification')),
      user_id uuid references users (id),
      email text,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      spent_at timestamptz
    );
    create index auth_links_by_user on auth_links (user_id, purpose, created_at);
    create index auth_links_by_end on auth_links (expires_at);
  `,
};

export const linkMigrations: readonly Migration[] = [links];
