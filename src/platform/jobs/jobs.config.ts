import Type, { type Static } from 'typebox';

const seconds = (description: string, value: number, [minimum, maximum]: readonly [number, number]) =>
  Type.Integer({ default: value, minimum, maximum, unit: 's', description });

export const jobsConfig = Type.Object(
  {
    pollIntervalMs: Type.Integer({
      default: 1000,
      minimum: 50,
      maximum: 60_000,
      unit: 'ms',
      description:
        'Longest pause between two looks for jobs that are due. The embedded database has one instance, which knows when the next one is due and sleeps until then.',
    }),
    concurrencyMax: Type.Integer({
      default: 4,
      minimum: 1,
      maximum: 100,
      unit: 'jobs',
      description: 'Jobs that this instance runs at the same time.',
    }),
    leaseSeconds: seconds(
      'An instance that was killed keeps its jobs for so long; then another one runs them again. Clocks of instances must not differ by half of it.',
      30,
      [5, 3600],
    ),
    retryDelaySeconds: seconds(
      'Pause after the first failure of a job, doubled with each further one in a row; the actual pause is between half of it and all of it.',
      10,
      [1, 3600],
    ),
    retryDelaySecondsMax: seconds('The pause after a failure does not grow beyond this.', 3600, [1, 86_400]),
    stopGraceMs: Type.Integer({
      default: 5000,
      minimum: 1,
      maximum: 600_000,
      unit: 'ms',
      description:
        'A run that is told to end (time limit, lost lease, stop) gets this long; then it is left behind. Keep it below `lifecycle.closeTimeoutMs`.',
    }),
    failuresDegraded: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 1000,
      unit: 'failures',
      description: 'A job that failed so many times in a row is reported as degraded.',
    }),
  },
  { additionalProperties: false },
);

export type JobsConfig = Static<typeof jobsConfig>;
