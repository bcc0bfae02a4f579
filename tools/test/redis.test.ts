import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { withoutServices } from './apt.mjs';
import { findRedis, startRedis } from './redis.mjs';

const available = findRedis() !== undefined;
const runner = join(import.meta.dirname, '..', 'test.mjs');

/** The answer to one command, or undefined when nobody is there. */
function ask(url: string, command: string): Promise<string | undefined> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`${command}\r\n`);
  return new Promise<string | undefined>((resolve) => {
    socket.once('data', (answer) => resolve(String(answer)));
    socket.once('error', () => {}).once('close', () => resolve(undefined));
  }).finally(() => socket.destroy());
}

async function folderOf(url: string): Promise<string> {
  const [, folder = ''] = /\r\n(\/\S+)\r\n/.exec((await ask(url, 'config get dir')) ?? '') ?? [];
  return folder;
}

/** `--serve` without the variable that this very run may have set; other engines are not needed here. */
async function serve() {
  const { QINGYU_TEST_REDIS_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [runner, '--serve'], {
    env: { ...env, QINGYU_TEST_POSTGRES_URL: 'postgres://127.0.0.1:1/none' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const url = /QINGYU_TEST_REDIS_URL=(\S+)/.exec(line)?.[1] ?? '';
  return { child, url, folder: await folderOf(url) };
}

async function expectGone({ url, folder }: { url: string; folder: string }) {
  expect(folder).toContain('qingyu-redis-');
  await vi.waitFor(
    async () => {
      expect(await ask(url, 'ping')).toBeUndefined();
      expect(existsSync(folder)).toBe(false);
    },
    { timeout: 20_000, interval: 50 },
  );
}

describe.skipIf(!available)(`Redis for tests${available ? '' : ' (needs redis-server)'}`, () => {
  it('answers, keeps nothing on disk, and is gone with its folder when stopped', async () => {
    const { url, version, stop } = await startRedis();
    expect(version).toMatch(/^Redis server v=\d/);
    expect(await ask(url, 'ping')).toBe('+PONG\r\n');
    expect(await ask(url, 'config get save')).toBe('*2\r\n$4\r\nsave\r\n$0\r\n\r\n');
    const folder = await folderOf(url);
    await stop();
    await expectGone({ url, folder });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s to whoever started it ends it in order',
    async (signal) => {
      const served = await serve();
      served.child.kill(signal);
      expect((await once(served.child, 'exit'))[0]).toBe(0);
      await expectGone(served);
    },
  );

  it('kill -9 of whoever started it leaves neither server nor folder', async () => {
    const served = await serve();
    served.child.kill('SIGKILL');
    await expectGone(served);
  });
});

describe('installing packages', () => {
  async function policyFile(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-policy-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    return join(folder, 'policy-rc.d');
  }

  it('no service starts meanwhile, and nothing is left of that, also when it fails', async () => {
    const policy = await policyFile();
    const meanwhile = () => readFile(policy, 'utf8');
    expect(await withoutServices(policy, meanwhile)).toContain('exit 101');
    expect(existsSync(policy)).toBe(false);
    await expect(withoutServices(policy, () => Promise.reject(new Error('no mirror')))).rejects.toThrow();
    expect(existsSync(policy)).toBe(false);
  });

  it('what a killed run left goes with the next one', async () => {
    const policy = await policyFile();
    const left = await withoutServices(policy, () => readFile(policy, 'utf8'));
    await writeFile(policy, left);
    await withoutServices(policy, async () => {});
    expect(existsSync(policy)).toBe(false);
  });

  it('a policy of the machine stays', async () => {
    const policy = await policyFile();
    await writeFile(policy, 'exit 0\n');
    await withoutServices(policy, async () => {});
    expect(await readFile(policy, 'utf8')).toBe('exit 0\n');
  });
});
