import type { Migration } from '../../../platform/database/index.js';

const views: Migration = {
  id: '0813-bookstore-views',
  up: `
    create table book_views_hourly (
      hour_start timestamptz not null,
      book_id uuid not null,
      views bigint not null check (views > 0),
      primary key (hour_start, book_id)
    );
    create table book_views_daily (
      day_start timestamptz not null,
      book_id uuid not null,
      views bigint not null check (views > 0),
      primary key (day_start, book_id)
    );
  `,
};

const rankings: Migration = {
  id: '0814-bookstore-rankings',
  up: `
    create table rankings (
      period text primary key check (period in ('realtime', 'day', 'week', 'month', 'newbie')),
      starts_at timestamptz not null,
      computed_at timestamptz not null
    );
    create table ranking_places (
      period text not null,
      place integer not null check (place >= 1),
      book_id uuid not null,
      score bigint not null,
      primary key (period, place)
    );
  `,
};

export const rankingMigrations: readonly Migration[] = [views, rankings];
