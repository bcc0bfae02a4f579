import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { shortLivedNode } from './src/testing/short-lived-node.js';

const linesMin = 85;
const linesMinPerFolder = 80;
/** Longer than anything sound takes on a busy machine: it ends what hangs. */
const hangMs = 60_000;
const folders = ['src', 'tests', 'tools', 'bench'];
const tidy = 'tools/tidy.test.ts';

/** Each folder of platform/ and modules/ on its own, so that a well-tested one cannot hide another. */
function folderThresholds() {
  const parents = ['src/platform', 'src/modules'].flatMap((parent) =>
    readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}/**`),
  );
  return Object.fromEntries(parents.map((glob) => [glob, { lines: linesMinPerFolder }]));
}

/** Test files that put something else in the place of a module, a global or the timers. */
function replacingFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : replacingFiles(path);
    const replaces = /\bvi\.(mock|doMock|hoisted|stubGlobal|useFakeTimers)\(/;
    return path.endsWith('.test.ts') && replaces.test(readFileSync(path, 'utf8')) ? [path] : [];
  });
}

/** A clean clone knows no durations: those that start servers come early, so that none of them is the last to end. */
class ServersEarly extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ project, moduleId }: TestSpecification) => {
      if (project.config.isolate) return 0;
      return moduleId.startsWith(join(project.config.root, 'tests')) ? 1 : 2;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig(({ mode }) => {
  const kind = mode === 'long' ? '.long.test.ts' : '.test.ts';
  const exclude = ['**/node_modules/**', 'dist*/**', ...(mode === 'long' ? [] : ['**/*.long.test.ts'])];
  const replacing = folders.flatMap(replacingFiles).filter((path) => path.endsWith(kind));
  return {
    test: {
      // Loading the modules takes a second of each process, so files share one in turn, apart from those
      // that would leave something replaced behind.
      projects: [
        {
          extends: true,
          test: {
            name: 'shared',
            isolate: false,
            include: [`{${folders}}/**/*${kind}`],
            exclude: [...exclude, ...replacing, tidy],
          },
        },
        { extends: true, test: { name: 'alone', isolate: true, include: replacing, exclude } },
        // A step of its own in `npm test`.
        { extends: true, test: { name: 'tidy', include: mode === 'long' ? [] : [tidy], exclude } },
      ],
      pool: 'forks',
      execArgv: shortLivedNode,
      sequence: { sequencer: ServersEarly },
      // Many suites wait for processes of their own, so one more than the cores keeps these busy.
      maxWorkers: availableParallelism() + 1,
      testTimeout: mode === 'long' ? 10 * hangMs : hangMs,
      hookTimeout: hangMs,
      teardownTimeout: 10_000,
      env: { NODE_ENV: 'test' },
      allowOnly: false,
      restoreMocks: true,
      unstubEnvs: true,
      coverage: {
        provider: 'v8',
        include: ['src/**/*.ts'],
        // The process of its own: the end-to-end tests run it, out of this measurement's sight.
        exclude: ['src/main.ts', 'src/testing/**', '**/*.test.ts', '**/tests/**'],
        reporter: ['text-summary', 'json-summary', 'html'],
        thresholds: { lines: linesMin, ...folderThresholds() },
      },
    },
  };
});
