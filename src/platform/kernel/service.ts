export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface Health {
  readonly status: HealthStatus;
  /** What is wrong and for whom, in one line; never a secret. Absent when healthy. */
  readonly detail?: string;
  /** What is worth knowing although nothing is wrong: what runs in which way. */
  readonly note?: string;
}

export const healthy: Health = Object.freeze({ status: 'healthy' });

/** What the lifecycle starts, watches and closes. Every module and every platform engine is one. */
export interface BaseService {
  readonly name: string;
  readonly version: string;
  /**
   * Makes the service ready for use. Called again after a failure or after `close`, so it must leave
   * nothing behind when it throws. `signal` aborts when the step's time limit is over.
   */
  initialize(signal: AbortSignal): Promise<void>;
  /** One cheap, read-only look at what the service depends on. A rejection counts as unhealthy. */
  health(): Promise<Health>;
  /** Finishes what runs and releases everything. Called once per successful `initialize`. */
  close(): Promise<void>;
}
