import type { Migration } from '../../../platform/database/index.js';

/** What the limit, the sweep and the gauges look for, each by an index of its own. */
const lookUps: Migration = {
  id: '0610-auth-session-lookups',
  up: `
    create index sessions_by_device on sessions (user_id, device_id) where device_id is not null;
    create index sessions_live_by_end on sessions (idle_until) where ended_at is null;
    create index sessions_ended_by_age on sessions (ended_at) where ended_at is not null;
    create index sessions_by_activity on sessions (last_seen_at, user_id);
  `,
};

export const sessionMigrations: readonly Migration[] = [lookUps];
