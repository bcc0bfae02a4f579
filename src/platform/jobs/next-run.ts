import { backoffMs } from '../kernel/index.js';
import type { JobOutcome } from './job.js';
import type { Timetable } from './timetable.js';

/** What the row of a claimed job says of its next occurrences. */
export interface Plan {
  /** The occurrence to be run next. */
  readonly nextDueAt: Date;
  /** When to run it: the occurrence itself, later after a failure, earlier when somebody asked for a run. */
  readonly nextRunAt: Date;
  /** Runs that failed or timed out since the last one that succeeded. */
  readonly failuresInRow: number;
}

export interface RetryRules {
  readonly retryDelaySeconds: number;
  readonly retryDelaySecondsMax: number;
}

/** The moment that a run claimed at `now` was due: the latest of the occurrences missed, or when it was asked for. */
export function dueMoment({ nextDueAt, nextRunAt }: Plan, timetable: Timetable, now: Date): Date {
  return nextDueAt <= now ? timetable.latest(nextDueAt, now) : nextRunAt;
}

interface EndedRun {
  readonly outcome: JobOutcome;
  readonly dueAt: Date;
  readonly now: Date;
}

/**
 * What comes after a run. A failed one is tried again with exponential, jittered delays, unless its next
 * occurrence comes sooner; an interrupted one stays due. `random` is from [0, 1).
 */
export function planAfter(
  plan: Plan,
  { outcome, dueAt, now }: EndedRun,
  { timetable, rules, random }: { timetable: Timetable; rules: RetryRules; random: number },
): Plan {
  if (outcome === 'interrupted' || outcome === 'lease-lost') return plan;
  // Somebody asked for this run: its next occurrence is still to come, also when that passed meanwhile.
  const isAhead = plan.nextDueAt > dueAt;
  // The later of the two: a clock that was set back must not bring the same occurrence again.
  const over = dueAt > now ? dueAt : now;
  const occurrence = isAhead ? plan.nextDueAt : timetable.following(plan.nextDueAt, over);
  if (outcome === 'succeeded') return { nextDueAt: occurrence, nextRunAt: occurrence, failuresInRow: 0 };
  const failuresInRow = plan.failuresInRow + 1;
  const retryAt = new Date(now.getTime() + retryDelayMs(failuresInRow, rules, random));
  if (retryAt >= occurrence) return { nextDueAt: occurrence, nextRunAt: occurrence, failuresInRow };
  return { nextDueAt: isAhead ? plan.nextDueAt : dueAt, nextRunAt: retryAt, failuresInRow };
}

function retryDelayMs(failures: number, rules: RetryRules, random: number): number {
  const range = { baseMs: rules.retryDelaySeconds * 1000, maxMs: rules.retryDelaySecondsMax * 1000 };
  return backoffMs(failures, range, random);
}
