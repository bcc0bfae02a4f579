export interface JobRow {
  name: string;
  schedule: string;
  next_due_at: Date;
  next_run_at: Date;
  run_requested_at: Date | null;
  lease_id: string | null;
  lease_holder: string | null;
  lease_until: Date | null;
  running_since: Date | null;
  failures_in_row: number;
  last_holder: string | null;
  last_started_at: Date | null;
  last_finished_at: Date | null;
  last_succeeded_at: Date | null;
  last_duration_ms: number | null;
  last_outcome: string | null;
  last_error: string | null;
}

export interface JobTables {
  jobs: JobRow;
}
