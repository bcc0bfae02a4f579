/** When a job is due. Each occurrence is run by one instance of the cluster. */
export type JobSchedule =
  /** Every so many seconds (a whole number), for the first time at once. */
  | { readonly everySeconds: number }
  /** Five fields, in the business time zone (Asia/Shanghai): `0 3 * * *`. */
  | { readonly cron: string };

export interface JobRun {
  /** The moment that this run was due; several missed ones come to one run with the latest of them. */
  readonly dueAt: Date;
  /** Aborts when the lease is lost, the time limit is over or the instance stops: end soon, change nothing more. */
  readonly signal: AbortSignal;
}

/** Work that the cluster does by itself. It may be run twice (a crash in the middle), so it is idempotent. */
export interface Job {
  /** kebab-case, unique in the application: `idempotency-cleanup`. Also the label of its metrics. */
  readonly name: string;
  /** For people: one sentence. */
  readonly summary: string;
  readonly schedule: JobSchedule;
  /** A run that takes longer is aborted. */
  readonly timeLimitSeconds: number;
  /** Stays with the instance that ran it last while that one is there: for what leaves something in its memory. */
  readonly sticky?: boolean;
  run(run: JobRun): Promise<void>;
}

/**
 * What a run came to. `interrupted`: its instance stopped, another one runs it again. `lease-lost`: another
 * instance has taken it over, so nothing was written down.
 */
export const jobOutcomes = ['succeeded', 'failed', 'timed-out', 'interrupted', 'lease-lost'] as const;
export type JobOutcome = (typeof jobOutcomes)[number];
