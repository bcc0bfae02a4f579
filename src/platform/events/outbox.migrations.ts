import type { Migration } from '../database/index.js';

/**
 * A delivery is one event for one handler. `ready`: to be claimed by itself. `queued`: in the lane of its
 * aggregate, which is claimed instead. `dead`: given up. A lane exists while its aggregate has queued deliveries.
 * `visible_at` of a claimed row is the end of its lease. Rows come and go, so vacuum comes early.
 */
export const outboxMigrations: readonly Migration[] = [
  {
    id: '0500-outbox',
    up: `
      create table outbox_events (
        seq bigint generated always as identity primary key,
        id uuid not null,
        type text not null,
        aggregate text,
        payload jsonb not null,
        traceparent text,
        occurred_at timestamptz not null,
        not_before timestamptz
      );

      create table outbox_deliveries (
        seq bigint not null,
        handler text not null,
        aggregate text,
        state text not null check (state in ('ready', 'queued', 'dead')),
        attempts integer not null default 0 check (attempts >= 0),
        visible_at timestamptz not null,
        lease uuid,
        last_error text,
        failed_at timestamptz,
        primary key (seq, handler)
      ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
      create index outbox_deliveries_ready on outbox_deliveries (handler, visible_at, seq)
        where state = 'ready';
      create index outbox_deliveries_queued on outbox_deliveries (handler, aggregate, seq)
        where state = 'queued';
      create index outbox_deliveries_dead on outbox_deliveries (seq, handler)
        where state = 'dead';

      create table outbox_lanes (
        handler text not null,
        aggregate text not null,
        visible_at timestamptz not null,
        lease uuid,
        version bigint not null default 1,
        primary key (handler, aggregate)
      ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
      create index outbox_lanes_visible on outbox_lanes (handler, visible_at);
    `,
  },
];
