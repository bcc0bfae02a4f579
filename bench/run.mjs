// npm run bench. Builds the platform and the benchmarks, then hands over to bench/main.ts.
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from '../tools/launcher/build-state.cjs';
import { runChild } from '../tools/launcher/children.cjs';
import { ensureInstalled } from '../tools/launcher/install.cjs';
import { needsNamed, provideNeeds } from '../tools/test/needs.mjs';
import { onInterruption } from '../tools/test/run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiled = join(root, 'dist-bench');
const say = (line) => console.error(line);

/** Node 20 runs no TypeScript. Sources and benchmarks are compiled together, so that both run as they ship. */
async function compile() {
  await ensureInstalled(root, { say });
  await build(root);
  const { code, signal } = await runChild(
    process.execPath,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.bench.json'],
    { cwd: root, stdio: ['ignore', process.stderr, process.stderr] },
  );
  if (code !== 0) throw new Error(`tsc ended with ${code ?? signal}; its own message is above`);
  // What the compiled sources look for beside themselves.
  const snapshot = 'pglite-snapshot.tar.gz';
  if (existsSync(join(root, 'dist', snapshot)))
    cpSync(join(root, 'dist', snapshot), join(compiled, 'src', snapshot));
  cpSync(join(root, 'config'), join(compiled, 'config'), { recursive: true });
}

async function provideEngines(names) {
  const wanted = needsNamed(names);
  const { env, missing, stop } = await provideNeeds({ say, wanted });
  const urls = wanted.map((need) => [need.name, process.env[need.env] ?? env[need.env]]);
  return {
    urls: new Map(urls.filter(([, url]) => url !== undefined)),
    missing: new Map(missing.map(({ need, reason }) => [need.name, reason])),
    stop,
  };
}

const signal = onInterruption(say);
await compile();
const { bench } = await import(pathToFileURL(join(compiled, 'bench', 'main.js')).href);
process.exitCode = await bench({
  // `npm run bench ids --json` keeps the option for itself, but says so.
  argv: [...process.argv.slice(2), ...(process.env.npm_config_json === 'true' ? ['--json'] : [])],
  root,
  scenarios: { sources: join(root, 'bench', 'scenarios'), compiled: join(compiled, 'bench', 'scenarios') },
  signal,
  ci: process.env.CI === 'true',
  out: process.stdout,
  err: process.stderr,
  provideEngines,
});
