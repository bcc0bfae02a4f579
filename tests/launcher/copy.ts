import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const copied = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
/** So that a test that waits in vain tells what it saw. */
const showMsMax = 50_000;
const launcher = ['tools/start.cjs', 'tools/build.mjs', 'tools/launcher'];

/** A clone of the project as the launcher sees it, with the packages of this one, removed after the test. */
export async function makeCopy(files: Record<string, string>, also: readonly string[] = []): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-launcher-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const path of [...copied, ...launcher, ...also]) {
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

export interface Launched {
  readonly child: ChildProcess;
  /** Everything written so far, both streams. */
  output(): string;
  /** Resolves with the match; rejects when the process ends before. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** True while any process of the group lives. */
  hasProcesses(): boolean;
}

/** Starts a command as the leader of a process group, as a terminal or a supervisor does. */
export function launch(
  folder: string,
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Launched {
  const [file, ...args] = command;
  const child = spawn(file, args, {
    cwd: folder,
    detached: true,
    // Not what vitest and npm around this test say.
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid as number;
  onTestFinished(() => endGroup(pid));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      child.emit('output');
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    child,
    ended,
    output: () => text,
    hasProcesses: () => isAlive(-pid),
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
        };
        child.on('output', look);
        const fail = (why: string) => reject(new Error(`${why} ${pattern}:\n${text}`));
        ended.then(() => fail('ended without showing'));
        setTimeout(() => fail('has not shown'), showMsMax).unref();
        look();
      }),
  };
}

function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_|UV_)/.test(name));
  return Object.fromEntries(entries);
}

/** Of a process, or of a group when negative. One that only waits to be reaped by init has ended. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' });
  return stdout.split('\n').some((line) => {
    const [process, group, state = 'Z'] = line.trim().split(/\s+/);
    return Number(pid > 0 ? process : group) === Math.abs(pid) && !state.startsWith('Z');
  });
}

function endGroup(pid: number): void {
  if (isAlive(-pid)) process.kill(-pid, 'SIGKILL');
}
