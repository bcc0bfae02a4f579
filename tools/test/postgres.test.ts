import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findBinaries, startPostgres } from './postgres.mjs';

const available = (await findBinaries()) !== undefined;
const runner = join(import.meta.dirname, '..', 'test.mjs');

async function query(url: string, sql: string) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

function isListening(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((answer) => {
    socket.destroy();
    return answer as boolean;
  });
}

/** `--serve` without the variable that this very run may have set; other engines are not needed here. */
async function serve() {
  const { QINGYU_TEST_POSTGRES_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [runner, '--serve'], {
    env: { ...env, QINGYU_TEST_REDIS_URL: 'redis://127.0.0.1:1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const url = /QINGYU_TEST_POSTGRES_URL=(\S+)/.exec(line)?.[1] ?? '';
  const { data_directory: data } = await query(url, 'show data_directory');
  return { child, url, data: String(data) };
}

async function expectGone({ url, data }: { url: string; data: string }) {
  await vi.waitFor(
    async () => {
      expect(await isListening(url)).toBe(false);
      expect(existsSync(data)).toBe(false);
    },
    { timeout: 20_000, interval: 50 },
  );
}

describe.skipIf(!available)(`PostgreSQL for tests${available ? '' : ' (needs initdb and postgres)'}`, () => {
  it('speaks UTF-8, serves two hundred connections, and is gone with its folder when stopped', async () => {
    const { url, stop } = await startPostgres();
    const { encoding, connections, data } = await query(
      url,
      `select current_setting('server_encoding') as encoding, current_setting('max_connections') as connections,
         current_setting('data_directory') as data`,
    );
    expect([encoding, connections]).toEqual(['UTF8', '200']);
    await stop();
    expect(await isListening(url)).toBe(false);
    expect(existsSync(data)).toBe(false);
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
