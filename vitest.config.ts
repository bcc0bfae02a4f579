import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const linesMin = 85;
const linesMinPerFolder = 80;
/** Longer than anything sound takes on a busy machine: it ends what hangs. */
const hangMs = 60_000;

/** Each folder of platform/ and modules/ on its own, so that a well-tested one cannot hide another. */
function folderThresholds() {
  const folders = ['src/platform', 'src/modules'].flatMap((parent) =>
    readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}/**`),
  );
  return Object.fromEntries(folders.map((glob) => [glob, { lines: linesMinPerFolder }]));
}

export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'long' ? ['**/*.long.test.ts'] : ['{src,tests,tools,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist*/**', ...(mode === 'long' ? [] : ['**/*.long.test.ts'])],
    pool: 'forks',
    // Many suites wait for processes of their own, so two of them share even the smallest machine well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
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
}));
