import type { JobReport } from '../../platform/jobs/index.js';

/** A job as the API shows it: `null` where there is nothing to say. */
export function describeJob(report: JobReport) {
  const { name, summary, schedule, known, nextRunAt, requestedAt, running, failuresInRow, lastRun } = report;
  return {
    name,
    summary: summary ?? null,
    schedule,
    known,
    nextRunAt: nextRunAt.toISOString(),
    requestedAt: requestedAt?.toISOString() ?? null,
    running: running ? { since: running.since.toISOString(), instance: running.instance } : null,
    failuresInRow,
    lastRun: lastRun
      ? { ...lastRun, startedAt: lastRun.startedAt.toISOString(), error: lastRun.error ?? null }
      : null,
  };
}
