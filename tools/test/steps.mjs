// The named steps of a run and what each of them found.
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from '../launcher/build-state.cjs';
import { runChild, stopChildren } from '../launcher/children.cjs';
import { ensureInstalled } from '../launcher/install.cjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, detail?: string,
 *   skippedSuites?: { name: string, tests: number }[] }} Result
 * @typedef {{ name: string, essential?: boolean, run(context: Context): Promise<Result> }} Step
 * @typedef {{ root: string, env: NodeJS.ProcessEnv, say(line: string): void }} Context
 */

/** No test hangs longer than Vitest allows, but a loop that never yields would. */
const vitestMsMax = 60 * 60_000;
const passed = { passed: 1, failed: 0, skipped: 0 };
const toolsPackage = join('tools', 'boundaries');

/** Without these nothing else makes sense; a failure ends the run. They are no checks, so they count for nothing. */
export const setupSteps = [
  {
    name: 'install',
    essential: true,
    async run({ root, say }) {
      await ensureInstalled(root, { say });
      await ensureInstalled(join(root, toolsPackage), { say });
      return { ...passed, passed: 0 };
    },
  },
  {
    name: 'build',
    essential: true,
    async run({ root }) {
      await build(root);
      return { ...passed, passed: 0 };
    },
  },
];

export const staticSteps = [
  command('lint', (root) => [bin(root, '@biomejs/biome', 'biome'), 'check', '.']),
  command('types', (root) => [bin(root, 'typescript', 'tsc'), '-p', 'tsconfig.json']),
  command('boundaries', (root) => [join(root, toolsPackage, 'check.mjs')]),
  command('dead code', (root) => [
    bin(join(root, toolsPackage), 'knip', 'knip'),
    '--no-progress',
    '--no-config-hints',
    '--config',
    join(toolsPackage, 'knip.jsonc'),
  ]),
  vitest('tidy', ['--project', 'tidy']),
];

/** One check by a program of its own: its exit code is the verdict. */
function command(name, argsFor) {
  return {
    name,
    async run({ root, env }) {
      const { code, signal } = await runChild(process.execPath, argsFor(root), {
        cwd: root,
        env,
        stdio: ['ignore', process.stderr, process.stderr],
      });
      return code === 0
        ? passed
        : { passed: 0, failed: 1, skipped: 0, detail: `ended with ${code ?? signal}` };
    },
  };
}

/** One run of Vitest, counted from its own report. */
export function vitest(name, args) {
  return {
    name,
    async run({ root, env }) {
      const folder = await mkdtemp(join(tmpdir(), 'qingyu-report-'));
      const report = join(folder, 'report.json');
      const limit = setTimeout(stopChildren, vitestMsMax);
      try {
        const { code, signal } = await runChild(
          process.execPath,
          [
            ...[bin(root, 'vitest', 'vitest'), 'run', ...args],
            ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
          ],
          { cwd: root, env, stdio: ['ignore', process.stderr, process.stderr] },
        );
        const text = await readFile(report, 'utf8').catch(() => undefined);
        if (!text)
          return { passed: 0, failed: 1, skipped: 0, detail: `no report, ended with ${code ?? signal}` };
        return countTests(JSON.parse(text), code, root);
      } finally {
        clearTimeout(limit);
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Failures that Vitest does not count as tests (a file that does not load, coverage, a stray rejection) count as one. */
export function countTests(report, code, root) {
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + unloaded.length;
  const beside = code !== 0 && failed === 0;
  return {
    passed: report.numPassedTests,
    failed: beside ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    ...(beside && { detail: 'coverage too low, or an error outside of a test' }),
    skippedSuites: skippedSuites(report, root),
  };
}

/** A suite skipped as a whole is one entry; of one that ran in part, each skipped test is an entry by its own name. */
function skippedSuites(report, root) {
  const entries = new Map();
  for (const file of report.testResults) {
    const nameOf = (test) => test.ancestorTitles.join(' > ') || test.title;
    const ran = new Set(file.assertionResults.filter((test) => !isSkipped(test)).map(nameOf));
    for (const test of file.assertionResults.filter(isSkipped)) {
      const suite = nameOf(test);
      const title = ran.has(suite) ? [...test.ancestorTitles, test.title].join(' > ') : suite;
      const name = `${file.name.slice(root.length + 1)}: ${title}`;
      entries.set(name, (entries.get(name) ?? 0) + 1);
    }
  }
  return [...entries].map(([name, tests]) => ({ name, tests }));
}

const isSkipped = ({ status }) => status !== 'passed' && status !== 'failed';

/** Not resolved by name: many packages keep their package.json out of `exports`. */
function bin(folder, packageName, name) {
  const manifest = join(folder, 'node_modules', packageName, 'package.json');
  const { bin: declared } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof declared === 'string' ? declared : declared[name]);
}
