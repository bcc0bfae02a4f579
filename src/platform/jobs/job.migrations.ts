import type { Migration } from '../database/index.js';

/** A few rows, written often: half-empty pages keep an update on its page. */
export const jobMigrations: readonly Migration[] = [
  {
    id: '0510-jobs',
    up: `
      create table jobs (
        name text primary key,
        schedule text not null,
        next_due_at timestamptz not null,
        next_run_at timestamptz not null,
        run_requested_at timestamptz,
        lease_id uuid,
        lease_holder text,
        lease_until timestamptz,
        running_since timestamptz,
        failures_in_row integer not null default 0 check (failures_in_row >= 0),
        last_holder text,
        last_started_at timestamptz,
        last_finished_at timestamptz,
        last_succeeded_at timestamptz,
        last_duration_ms bigint check (last_duration_ms >= 0),
        last_outcome text check (last_outcome in ('succeeded', 'failed', 'timed-out', 'interrupted')),
        last_error text,
        constraint jobs_lease_whole check (num_nulls(lease_id, lease_holder, lease_until, running_since) in (0, 4))
      ) with (fillfactor = 50);
    `,
  },
];
