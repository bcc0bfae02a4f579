import type { Migration } from '../../../platform/database/index.js';

/**
 * Keys follow one another: the next is there before it signs, the last one stays while its tokens live. `signs_from` is
 * null in rows of a release that had but one key: since it was made.
 */
const rotation: Migration = {
  id: '0602-auth-key-rotation',
  up: `
    alter table auth_keys add column signs_from timestamptz;
    drop index auth_keys_one_active;
    create unique index auth_keys_one_refresh on auth_keys (purpose)
      where purpose = 'refresh-token' and retired_at is null;
  `,
};

export const signingKeysMigrations: readonly Migration[] = [rotation];
