/**
 * One step of the schema, forward only. Replicas roll one by one, so a step expands first and
 * contracts in a later release.
 */
export interface Migration {
  /** Position and name, unique in the application: `0003-auth-sessions`. Applied in ascending order. */
  readonly id: string;
  /** PostgreSQL 15 SQL, run in one transaction with the record of the step. No `now()`. */
  readonly up: string;
  /** The lowest step number a release must know to run on the schema after this step (contracting steps set it). */
  readonly minCode?: number;
}
