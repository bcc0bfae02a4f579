import { describe, expect, it } from 'vitest';
import { provideNeeds } from './needs.mjs';
import { conclude, runSteps } from './run.mjs';
import { countTests } from './steps.mjs';
import { summaryLines } from './summary.mjs';

const result = (name: string, counts: object = {}) => ({
  name,
  ...{ passed: 1, failed: 0, skipped: 0, seconds: 1, skippedSuites: [] as { name: string; tests: number }[] },
  ...counts,
});
const ended = (over: object) =>
  conclude({ results: [result('lint')], missing: [], ci: false, interrupted: false, ...over });
const shared = {
  skipped: 2,
  skippedSuites: [{ name: 'a.test.ts: a novel (../shared is not there)', tests: 2 }],
};
const other = { skipped: 3, skippedSuites: [{ name: 'b.test.ts: b on PostgreSQL (no server)', tests: 3 }] };
const missing = [{ name: 'PostgreSQL', reason: 'not found' }];

describe('the outcome', () => {
  it('ends with the totals alone on the last line', () => {
    const results = [result('lint'), result('tests', { passed: 41, failed: 2, ...other })];
    expect(summaryLines(ended({ results })).at(-1)).toBe('42 passed, 2 failed, 3 skipped');
  });

  it('names every skipped suite with its number of tests, and every engine that could not be had', () => {
    const text = summaryLines(ended({ results: [result('tests', other)], missing })).join('\n');
    expect(text).toContain('skipped: b.test.ts: b on PostgreSQL (no server) (3 tests)');
    expect(text).toContain('not available: PostgreSQL (not found)');
  });

  it('is good without an engine on a developer’s machine, bad with CI=true', () => {
    expect(ended({ missing }).ok).toBe(true);
    expect(ended({ missing, ci: true })).toMatchObject({ ok: false, failed: 1 });
  });

  it('with CI=true is bad for any skipped suite but those that want the data beside the project', () => {
    expect(ended({ results: [result('tests', other)], ci: true })).toMatchObject({ ok: false, failed: 1 });
    expect(ended({ results: [result('tests', shared)], ci: true }).ok).toBe(true);
  });

  it('is bad when it was interrupted, whatever had passed', () => {
    expect(ended({ interrupted: true }).ok).toBe(false);
  });
});

describe('counting what Vitest reports', () => {
  const file = (status: string, tests: string[]) => ({
    name: '/clone/a.test.ts',
    status,
    assertionResults: tests.map((state, index) => ({
      status: state,
      title: `t${index}`,
      ancestorTitles: ['suite', 'inner'],
    })),
  });
  const report = (files: ReturnType<typeof file>[], counts: object = {}) => ({
    ...{ numPassedTests: 1, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: files },
    ...counts,
  });

  it('a file that does not load is a failure', () => {
    expect(countTests(report([file('failed', [])]), 1, '/clone').failed).toBe(1);
  });

  it('a failed test is counted once', () => {
    const failing = report([file('failed', ['failed', 'passed'])], { numFailedTests: 1 });
    expect(countTests(failing, 1, '/clone').failed).toBe(1);
  });

  it('coverage below its limit is a failure although every test passed', () => {
    const counted = countTests(report([file('passed', ['passed'])]), 1, '/clone');
    expect(counted).toMatchObject({ passed: 1, failed: 1 });
    expect(counted.detail).toContain('coverage');
  });

  it('a suite skipped as a whole is one entry, in a suite that ran each skipped test has its own', () => {
    const whole = countTests(report([file('passed', ['skipped', 'todo'])]), 0, '/clone');
    expect(whole.skippedSuites).toEqual([{ name: 'a.test.ts: suite > inner', tests: 2 }]);
    const part = countTests(report([file('passed', ['passed', 'skipped'])]), 0, '/clone');
    expect(part.skippedSuites).toEqual([{ name: 'a.test.ts: suite > inner > t1', tests: 1 }]);
  });
});

describe('engines', () => {
  const engine = (name: string, start: () => Promise<{ url: string; stop(): Promise<void> }>) => ({
    ...{ name, title: name, env: `QINGYU_TEST_${name.toUpperCase()}_URL`, start },
  });

  it('one that cannot be had is reported with its reason and does not keep the others away', async () => {
    const stopped: string[] = [];
    const stop = async () => void stopped.push('good');
    const {
      env,
      missing,
      stop: stopAll,
    } = await provideNeeds({
      wanted: [
        engine('bad', async () => Promise.reject(new Error('not on this machine'))),
        engine('good', async () => ({ url: 'good://', stop })),
      ],
    });
    expect(env).toEqual({ QINGYU_TEST_GOOD_URL: 'good://' });
    expect(missing.map(({ need, reason }) => [need.name, reason])).toEqual([['bad', 'not on this machine']]);
    await stopAll();
    expect(stopped).toEqual(['good']);
  });

  it('are stopped when a step throws, and the step counts as failed', async () => {
    const stopped: string[] = [];
    const outcome = await runSteps({
      ...{ root: '/', before: [], say: () => {}, ci: false, interruption: new AbortController().signal },
      withEngines: [{ name: 'broken', run: () => Promise.reject(new Error('broken')) }],
      wanted: [engine('good', async () => ({ url: 'good://', stop: async () => void stopped.push('good') }))],
    });
    expect(outcome).toMatchObject({ ok: false, failed: 1 });
    expect(stopped).toEqual(['good']);
  });

  it('are not even started when the build fails', async () => {
    const started: string[] = [];
    const start = async () => Promise.reject(new Error(String(started.push('good'))));
    const outcome = await runSteps({
      ...{ root: '/', withEngines: [], say: () => {}, ci: false, interruption: new AbortController().signal },
      before: [{ name: 'build', essential: true, run: () => Promise.reject(new Error('does not compile')) }],
      wanted: [engine('good', start)],
    });
    expect(outcome.ok).toBe(false);
    expect(started).toEqual([]);
  });
});
