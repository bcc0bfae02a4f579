import { existsSync, readdirSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { missingPackages } from '../tools/launcher/install.cjs';
import { isAlive, launch, makeCopy } from './launcher/copy.js';

/** Announces itself, drains for a moment when told to stop, and says what it was given. */
const server = `
import { pbkdf2 } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
const server = createServer();
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => { console.log('drained'); process.exit(0); }, 100);
  });
}
for (let i = 0; i < 200; i++) pbkdf2('a', 'b', 1_000, 64, 'sha512', () => {});
const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
server.listen(0, '127.0.0.1', () => {
  console.log('arguments', JSON.stringify(process.argv.slice(2)), 'threads', threads);
  console.log('listening on http://127.0.0.1');
});
`;

/** A busy machine takes its time to bury a process. */
const settling = { timeout: 10_000, interval: 50 };

const withServer = () => makeCopy({ 'src/main.ts': server });
const npmStart = (folder: string, ...args: string[]) => launch(folder, ['npm', 'start', ...args]);
const nodeStart = (folder: string, env = {}) => launch(folder, [process.execPath, 'tools/start.cjs'], env);

describe('npm start', () => {
  const targets = { npm: 1, 'the whole process group': -1 };
  const cases = Object.entries(targets).flatMap(([name, sign]) =>
    (['SIGTERM', 'SIGINT'] as const).map((signal) => ({ name, sign, signal })),
  );

  it.each(cases)('$signal to $name drains, ends with 0 and leaves no orphan', async ({ sign, signal }) => {
    const npm = npmStart(await withServer());
    await npm.shows(/listening/);
    process.kill(sign * (npm.child.pid as number), signal);
    expect(await npm.ended).toEqual({ code: 0, signal: null });
    expect(npm.output()).toContain('drained');
    await vi.waitFor(() => expect(npm.hasProcesses()).toBe(false), settling);
  });

  it('hands its arguments to the server and widens the thread pool before it is used', async () => {
    const npm = npmStart(await withServer(), '--', '--port', '0');
    const [, args, threads] = await npm.shows(/arguments (\S+) threads (\d+)/);
    expect(args).toBe('["--port","0"]');
    const unchanged = process.platform === 'linux' ? 12 : -1;
    expect(Number(threads)).toBeGreaterThan(unchanged);
  });

  it('builds once, and again only after a source changed', async () => {
    const folder = await withServer();
    const start = async () => {
      const run = nodeStart(folder);
      await run.shows(/listening/);
      run.child.kill('SIGTERM');
      await run.ended;
      return run.output();
    };
    expect(await start()).toContain('Compiling');
    await writeFile(join(folder, 'src/left-out.test.ts'), 'a test is no part of the build');
    expect(await start()).not.toContain('Compiling');
    await appendFile(join(folder, 'src/main.ts'), "console.log('changed');");
    const third = await start();
    expect(third).toContain('Compiling');
    expect(third).toContain('changed');
  });

  it('two starts at once on a fresh clone build once, and both listen', async () => {
    const folder = await withServer();
    const starts = [nodeStart(folder), nodeStart(folder)];
    await Promise.all(starts.map((start) => start.shows(/listening/)));
    const builds = starts.map((start) => start.output().includes('Compiling'));
    expect(builds.sort()).toEqual([false, true]);
  });

  it('a start that was killed while it built holds nobody up', async () => {
    const folder = await withServer();
    const dead = launch(folder, [process.execPath, '-e', '']);
    await dead.ended;
    await writeFile(join(folder, '.setup.lock'), String(dead.child.pid));
    await nodeStart(folder).shows(/listening/);
    expect(readdirSync(folder).filter((name) => name.startsWith('.setup'))).toEqual([]);
  });

  it('a source that does not compile ends it with a message, and leaves nothing half built', async () => {
    const folder = await makeCopy({ 'src/main.ts': 'const a: number = "";' });
    const start = nodeStart(folder);
    expect((await start.ended).code).toBe(1);
    expect(start.output()).toMatch(/TS2322[\s\S]*Qingyu could not start: the build ended with/);
    expect(readdirSync(folder).filter((name) => name.startsWith('dist'))).toEqual([]);
  });

  it('a server that cannot be loaded ends it with 1', async () => {
    const start = nodeStart(await makeCopy({ 'src/main.ts': "throw new Error('broken at once');" }));
    expect((await start.ended).code).toBe(1);
    expect(start.output()).toContain('broken at once');
  });

  it('an old Node is told which one is needed', async () => {
    const folder = await makeCopy({
      'old.cjs': "Object.defineProperty(process, 'versions', { value: { node: '20.18.9' } });",
    });
    const start = launch(folder, [process.execPath, '-r', './old.cjs', 'tools/start.cjs']);
    expect((await start.ended).code).toBe(1);
    expect(start.output()).toContain('needs Node 20.19 or newer, this is 20.18.9');
  });
});

/** A stand-in for a long child: it has a child of its own, tells both, and ends only when it must. */
const endless = `
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
writeFileSync('pids', [process.pid, child.pid].join(' '));
console.error('working without end');
setInterval(() => {}, 1000);
`;

describe('a signal during the set-up', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s while building ends the build, its children and the start', async (signal, code) => {
    const folder = await makeCopy({ 'src/main.ts': server, 'tools/build.mjs': endlessModule(endless) });
    await expectAllEnded(folder, nodeStart(folder), signal, code);
  });

  it('SIGTERM while installing ends npm, its children and the start', async () => {
    const folder = await makeCopy({ 'src/main.ts': server, 'npm-cli.js': endlessModule(endless) });
    const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'));
    lock.packages['node_modules/not-there'] = { version: '1.0.0' };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const start = nodeStart(folder, { npm_execpath: join(folder, 'npm-cli.js') });
    await expectAllEnded(folder, start, 'SIGTERM', 143);
  });

  async function expectAllEnded(
    folder: string,
    start: ReturnType<typeof launch>,
    signal: NodeJS.Signals,
    code: number,
  ) {
    await start.shows(/working without end/);
    const pids = (await readFile(join(folder, 'pids'), 'utf8')).split(' ').map(Number);
    expect(pids.every(isAlive)).toBe(true);
    start.child.kill(signal);
    expect((await start.ended).code).toBe(code);
    await vi.waitFor(() => expect(pids.some(isAlive)).toBe(false), settling);
    expect(existsSync(join(folder, '.setup.lock'))).toBe(false);
  }
});

function endlessModule(script: string): string {
  return `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${script}`;
}

describe('what counts as installed', () => {
  const lock = {
    '': { name: 'qingyu' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
    'node_modules/tool': { version: '1.0.0', dev: true },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  };
  const both = {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
  };
  const tool = { 'node_modules/tool': { version: '1.0.0' } };

  async function missing(installed: object | string, production = false) {
    const record = typeof installed === 'string' ? installed : JSON.stringify({ packages: installed });
    const copy = await makeCopy({
      'inner/package-lock.json': JSON.stringify({ packages: lock }),
      'inner/node_modules/.package-lock.json': record,
    });
    return missingPackages(join(copy, 'inner'), { production });
  }

  it('everything there', async () => expect(await missing({ ...both, ...tool })).toEqual([]));
  it('a nested package of another version', async () => {
    const other = { 'node_modules/a/node_modules/b': { version: '2.0.1' } };
    expect(await missing({ ...both, ...tool, ...other })).toEqual(['b']);
  });
  it('tools are needed to build, not to run', async () => {
    expect(await missing(both)).toEqual(['tool']);
    expect(await missing(both, true)).toEqual([]);
  });
  it('an installation that was interrupted counts as none', async () => {
    expect(await missing('{"packa')).toEqual(['a', 'b', 'tool']);
  });
});

describe('the platform itself through npm start', () => {
  // Started after one another on the same data: also what a busy machine manages.
  const timeout = 180_000;

  it('ends with 0 on each kind of signal, leaves no orphan, and finds its data again', {
    timeout,
  }, async () => {
    const folder = await makeCopy({}, ['src', 'config', 'dist']);
    const stops = [
      { signal: 'SIGTERM', sign: 1 },
      { signal: 'SIGTERM', sign: -1 },
      { signal: 'SIGINT', sign: -1 },
    ] as const;
    for (const [start, { signal, sign }] of stops.entries()) {
      const npm = npmStart(folder, '--', '--port', '0', '--data', join(folder, 'data'));
      await npm.shows(/is ready[\s\S]*listening on http:\/\/127\.0\.0\.1:\d+/);
      process.kill(sign * (npm.child.pid as number), signal);
      expect(await npm.ended, npm.output()).toEqual({ code: 0, signal: null });
      expect(npm.output().includes('First accounts'), 'first passwords').toBe(start === 0);
      await vi.waitFor(() => expect(npm.hasProcesses()).toBe(false), settling);
    }
  });
});
