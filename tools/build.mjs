// npm run build: compiles src into dist, copies what is not TypeScript, adds the snapshot of the embedded database.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildInputs, buildStamp, isBuilt, stampName } from './launcher/build-state.cjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
// Compiled beside dist and moved over at the end: a killed build leaves the old result, never a mixture.
const next = join(root, `dist.next-${process.pid}`);
const require = createRequire(join(root, 'package.json'));

if (isBuilt(root) && !process.argv.includes('--force')) {
  console.error('dist is up to date');
} else {
  process.once('exit', () => rmSync(next, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const startedAt = performance.now();
  const stamp = buildStamp(root);
  await compile();
  copyAssets();
  await addSnapshot();
  writeFileSync(join(next, stampName), stamp);
  replaceDist();
  console.error(`Built dist in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function compile() {
  console.error('Compiling src');
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const child = spawn(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', next], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const end = () => child.kill();
  process.once('exit', end);
  const [code] = await once(child, 'close');
  process.off('exit', end);
  if (code !== 0) process.exit(code ?? 1);
}

function copyAssets() {
  for (const path of buildInputs(root)) {
    if (/\.(ts|md)$/.test(path)) continue;
    mkdirSync(dirname(join(next, path)), { recursive: true });
    copyFileSync(join(root, 'src', path), join(next, path));
  }
}

/** Preparing it takes seconds and most of a gigabyte, so it is kept until PGlite or its maker changes. */
async function addSnapshot() {
  const maker = join(next, 'platform', 'database', 'snapshot.js');
  if (!existsSync(maker)) return;
  const pglite = JSON.parse(
    readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'),
  );
  const makerHash = createHash('sha256').update(readFileSync(maker)).digest('hex').slice(0, 12);
  const cached = join(
    root,
    'node_modules/.cache/qingyu',
    `pglite-snapshot-${pglite.version}-${makerHash}.tar.gz`,
  );
  if (!existsSync(cached)) {
    console.error('Preparing the embedded database, once for each version of it (5-10 s)');
    mkdirSync(dirname(cached), { recursive: true });
    const { buildSnapshot } = await import(pathToFileURL(maker).href);
    const fresh = `${cached}.${process.pid}`;
    await buildSnapshot(fresh);
    renameSync(fresh, cached);
  }
  cpSync(cached, join(next, 'pglite-snapshot.tar.gz'));
}

function replaceDist() {
  const old = join(root, `dist.old-${process.pid}`);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(next, dist);
  rmSync(old, { recursive: true, force: true });
}
