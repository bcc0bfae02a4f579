import { expect, test } from 'vitest';
import type { Job } from './job.js';
import { Jobs } from './job-registry.js';

const job = (name: string, changes: Partial<Job> = {}): Job => ({
  ...{ name, summary: 'A job.', schedule: { everySeconds: 1 }, timeLimitSeconds: 1, run: async () => {} },
  ...changes,
});

test('a name that two jobs have fails the boot', () => {
  expect(() => new Jobs().fill([job('sweep'), job('sweep')])).toThrow('Two jobs are named "sweep".');
});

test.each(['Sweep', 'sweep_all', '', 'x'.repeat(65), 'sweep-'])('the name %j fails the boot', (name) => {
  expect(() => new Jobs().fill([job(name)])).toThrow(`The job "${name}" needs a name in kebab-case`);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a time limit of %d fails the boot', (seconds) => {
  expect(() => new Jobs().fill([job('sweep', { timeLimitSeconds: seconds })])).toThrow('needs a time limit');
});

test('it is filled once', () => {
  const jobs = new Jobs();
  expect(jobs.all()).toEqual([]);
  jobs.fill([job('sweep')]);
  expect(jobs.get('sweep')?.name).toBe('sweep');
  expect(() => jobs.fill([])).toThrow('filled once');
});
