import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPostgresDatabase, testPostgresUrl } from '../src/testing/databases.js';
import { ServerProcess } from '../src/testing/server-process.js';

const rounds = 10;
const writersAtOnce = 4;
/** A round ends once so many registrations were acknowledged; more are under way at that moment. */
const acknowledgedPerRound = 12;
const timeoutMs = 600_000;
const password = 'a-Long-passw0rd';
/** It registers faster than anybody may. */
const args = ['--set', 'http.rateLimitEnabled=false'];

describe(`${rounds} times kill -9 in the middle of registrations`, { timeout: timeoutMs }, () => {
  it('loses nothing that was acknowledged on PGlite', () => expectNothingLost({}));

  it.skipIf(!testPostgresUrl)(
    'loses nothing that was acknowledged on PostgreSQL (needs QINGYU_TEST_POSTGRES_URL)',
    async () => {
      const { url, drop } = await createPostgresDatabase();
      onTestFinished(drop);
      await expectNothingLost({ DATABASE_URL: url });
    },
  );
});

async function expectNothingLost(env: Record<string, string>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'qingyu-kill-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const server = await ServerProcess.start({ dataDir, env, args });
    onTestFinished(async () => void (await server.end('SIGKILL')));
    await expectTaken(server, acknowledged);
    await registerUntilKilled(server, round, acknowledged);
  }
  const last = await ServerProcess.start({ dataDir, env, args });
  await expectTaken(last, acknowledged);
  expect(acknowledged.length).toBeGreaterThanOrEqual(rounds * acknowledgedPerRound);
  expect((await last.end()).code).toBe(0);
}

async function registerUntilKilled(
  server: ServerProcess,
  round: number,
  acknowledged: string[],
): Promise<void> {
  let count = 0;
  let next = 0;
  const write = async () => {
    for (;;) {
      const username = `round_${round}_${next++}`;
      const status = await register(server, username).catch(() => 0);
      if (status !== 201) return;
      acknowledged.push(username);
      count += 1;
      if (count >= acknowledgedPerRound) server.child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: writersAtOnce }, write));
  expect((await server.exited).signal).toBe('SIGKILL');
}

/** A name that is there cannot be registered again. */
async function expectTaken(server: ServerProcess, usernames: readonly string[]): Promise<void> {
  const lost: string[] = [];
  for (const username of usernames) if ((await register(server, username)) !== 409) lost.push(username);
  expect(lost).toEqual([]);
}

async function register(server: ServerProcess, username: string): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  await response.arrayBuffer();
  return response.status;
}
