import type { Migration } from '../database/index.js';

/**
 * `cache_origin`: what Redis holds of this database carries its id, so that another one, or an earlier state of this
 * one that was restored, never reads it. `cache_invalidations`: changes that instances tell each other by the database, where there is no Redis.
 */
const invalidations: Migration = {
  id: '0620-cache-invalidations',
  up: `
    create table cache_origin (
      is_only boolean primary key default true check (is_only),
      id uuid not null
    );
    insert into cache_origin (id) values (gen_random_uuid());
    create table cache_invalidations (
      seq bigint generated always as identity primary key,
      xid xid8 not null default pg_current_xact_id(),
      origin text not null,
      namespace text not null,
      change text not null,
      at timestamptz not null
    );
    create index cache_invalidations_by_xid on cache_invalidations (xid);
    create index cache_invalidations_by_at on cache_invalidations (at);
  `,
};

export const cacheMigrations: readonly Migration[] = [invalidations];
