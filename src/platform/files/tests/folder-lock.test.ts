import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { FolderLock, FolderLockedError } from '../index.js';

let folder: string;
let path: string;

beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), 'qingyu-lock-'));
  folder = made;
  path = join(made, 'data.lock');
  onTestFinished(() => rm(made, { recursive: true, force: true }));
});

const acquire = () => FolderLock.acquire(folder, 'data');

/** A process that lives until the test is over. */
async function otherProcess(): Promise<{
  pid: number;
  startTicks: string | undefined;
  end: () => Promise<void>;
}> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise((resolve) => child.once('spawn', resolve));
  const end = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(end);
  const pid = child.pid as number;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return { pid, startTicks: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19], end };
}

async function expectTakenOver(): Promise<void> {
  const lock = await acquire();
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
}

const writeLock = (holder: object) => writeFile(path, JSON.stringify({ host: hostname(), ...holder }));

describe('a folder lock', () => {
  test('is held by one at a time and free after its release', async () => {
    const lock = await acquire();
    await expect(acquire()).rejects.toThrow(FolderLockedError);
    await lock.release();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await expectTakenOver();
  });

  test('of many that try at the same time exactly one gets it, free or stale', async () => {
    for (const stale of [false, true]) {
      const dead = await otherProcess();
      await dead.end();
      if (stale) await writeLock({ pid: dead.pid });
      const tries = await Promise.allSettled(Array.from({ length: 10 }, acquire));
      const got = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(got).toHaveLength(1);
      await got[0]?.release();
    }
  });

  test('of a living process names that process', async () => {
    const { pid, startTicks } = await otherProcess();
    await writeLock({ pid, startTicks });
    await expect(acquire()).rejects.toMatchObject({
      pid,
      message: `the folder ${folder} is in use by process ${pid}. Two processes on one folder would lose data: stop that process first, or choose another folder.`,
    });
  });

  test('of a process that was killed is taken over', async () => {
    const { pid, startTicks, end } = await otherProcess();
    await writeLock({ pid, startTicks });
    await end();
    await expectTakenOver();
  });

  // Only Linux tells when a process started.
  test.runIf(process.platform === 'linux')(
    'of a process whose id went to another one is taken over',
    async () => {
      const { pid } = await otherProcess();
      await writeLock({ pid, startTicks: '1' });
      await expectTakenOver();
    },
  );

  test('of a predecessor with the own process id, as in a container, is taken over', async () => {
    await writeLock({ pid: process.pid });
    await expectTakenOver();
  });

  test('of another machine is never taken over', async () => {
    await writeLock({ pid: process.pid, host: 'elsewhere' });
    await expect(acquire()).rejects.toThrow(/on the machine "elsewhere".*delete .*data\.lock/);
  });

  test.each(['', 'nonsense', '{"pid":-1,"host":"x"}', '{"pid":"1; rm"}', 'null'])(
    'that is torn (%s) is taken over',
    async (content) => {
      await writeFile(path, content);
      await expectTakenOver();
    },
  );

  test('survives a process that died while it took over', async () => {
    const { pid, end } = await otherProcess();
    await end();
    await writeLock({ pid });
    await writeFile(`${path}.takeover`, JSON.stringify({ pid, host: hostname() }));
    await expectTakenOver();
  });
});
