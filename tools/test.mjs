// npm test. `node tools/test.mjs --help` tells what it does.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onInterruption, runSteps } from './test/run.mjs';
import { serve } from './test/serve.mjs';
import { setupSteps, staticSteps, vitest } from './test/steps.mjs';
import { summaryLines } from './test/summary.mjs';

const help = `npm test                 everything: lint, types, boundaries, dead code, tidy, all tests with coverage
npm test -- <pattern>    only the test files whose path contains the pattern
npm run test:long        the full-size proofs (*.long.test.ts), a pattern may follow

  --json     print the outcome as JSON on standard output
  --serve    start the engines that the tests need, print their variables, keep them until Ctrl-C
  --help     this text

The engines (PostgreSQL, Redis) are found on this machine or installed by apt where that is possible; where an engine's
variable is set already (QINGYU_TEST_POSTGRES_URL, QINGYU_TEST_REDIS_URL), that server is used. With CI=true nothing
may be missing.
Counts are tests; lint, types, boundaries and dead code count as one each.`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => console.error(line);

function readArguments() {
  const flags = ['json', 'serve', 'long', 'help'];
  try {
    return parseArgs({
      allowPositionals: true,
      options: Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean', default: false }])),
    });
  } catch (error) {
    say(`${error.message}\n\n${help}`);
    return process.exit(2);
  }
}

function plan({ long, patterns }) {
  if (long)
    return { before: setupSteps, withEngines: [vitest('long proofs', [...patterns, '--mode', 'long'])] };
  if (patterns.length > 0) return { before: setupSteps, withEngines: [vitest('tests', patterns)] };
  const all = vitest('tests', ['--coverage', '--project', '!tidy']);
  return { before: [...setupSteps, ...staticSteps], withEngines: [all] };
}

async function main() {
  const { values, positionals: patterns } = readArguments();
  if (values.help) return console.log(help);
  if (values.serve) {
    process.exitCode = await serve({ say });
    return;
  }
  const outcome = await runSteps({
    root,
    ...plan({ long: values.long, patterns }),
    say,
    ci: process.env.CI === 'true',
    interruption: onInterruption(say),
  });
  if (values.json) console.log(JSON.stringify(outcome, null, 2));
  else console.log(summaryLines(outcome).join('\n'));
  process.exitCode = outcome.interrupted ? 130 : outcome.ok ? 0 : 1;
}

await main();
