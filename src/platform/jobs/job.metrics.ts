import type { Metrics } from '../metrics/index.js';
import { type JobOutcome, jobOutcomes } from './job.js';

const bucketsSeconds = [0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3600];

/** What Prometheus sees of the runs of this instance. */
export class JobMetrics {
  readonly #runs;
  readonly #durations;
  readonly #lastSuccess;

  constructor(metrics: Metrics) {
    this.#runs = metrics.counter<'job' | 'outcome'>({
      name: 'job_runs_total',
      help: 'Runs of a job by this instance',
      labels: ['job', 'outcome'],
    });
    this.#durations = metrics.histogram<'job'>(
      { name: 'job_duration_seconds', help: 'Duration of a run of a job', labels: ['job'] },
      bucketsSeconds,
    );
    this.#lastSuccess = metrics.gauge<'job'>({
      name: 'job_last_success_timestamp_seconds',
      help: 'When a job last succeeded, as far as this instance knows: take the maximum of all',
      labels: ['job'],
    });
  }

  /** Makes the series exist, with what earlier runs of any instance left. */
  begin(job: string, lastSuccessAt: Date | null): void {
    for (const outcome of jobOutcomes) this.#runs.inc({ job, outcome }, 0);
    if (lastSuccessAt) this.#succeeded(job, lastSuccessAt);
  }

  ended(job: string, outcome: JobOutcome, { durationMs, at }: { durationMs: number; at: Date }): void {
    this.#runs.inc({ job, outcome });
    this.#durations.observe({ job }, durationMs / 1000);
    if (outcome === 'succeeded') this.#succeeded(job, at);
  }

  #succeeded(job: string, at: Date): void {
    this.#lastSuccess.set({ job }, at.getTime() / 1000);
  }
}
