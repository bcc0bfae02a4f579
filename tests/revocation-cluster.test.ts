import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { ApiClient } from '../src/testing/api-client.js';
import { createPostgresDatabase, testPostgresUrl } from '../src/testing/databases.js';
import { DocumentCheck } from '../src/testing/document-check.js';
import { newUser } from '../src/testing/factories.js';
import { FaultProxy } from '../src/testing/fault-proxy.js';
import { describeRedisServer, RedisServer } from '../src/testing/redis.js';
import { newKey } from '../src/testing/secrets.js';
import { ServerCluster } from '../src/testing/server-cluster.js';
import { ServerProcess } from '../src/testing/server-process.js';

/** What the rules promise between instances. */
const withinMs = 1_000;

async function apiOf({ url }: ServerProcess): Promise<ApiClient> {
  const document = await (await fetch(`${url}/openapi.json`)).json();
  return new ApiClient(url, new DocumentCheck(document as Record<string, unknown>));
}

/** The answer that ends a token's life at an instance; fails when a request that began too late still passed. */
async function refusal(api: ApiClient, token: string): Promise<string> {
  const endedMs = performance.now();
  for (;;) {
    const sinceMs = performance.now() - endedMs;
    const { status, body } = await api.get('/auth/me', { token });
    if (status !== 200) return body.code;
    if (sinceMs > withinMs) return `passed ${Math.round(sinceMs)} ms after the end`;
  }
}

/** Whether a request of this token is decided without a look at its rows. */
async function decidesInMemory(api: ApiClient, token: string): Promise<boolean> {
  const reads = async () =>
    Number(/^auth_session_reads_total (\d+)$/m.exec((await api.get('//metrics')).body)?.[1] ?? 0);
  const before = await reads();
  await api.get('/auth/me', { token });
  return (await reads()) === before;
}

describeRedisServer('two server processes', () => {
  test.skipIf(!testPostgresUrl)(
    'what ends at one ends at the other within a second: Redis up, its messages lost, Redis killed (needs QINGYU_TEST_POSTGRES_URL)',
    async () => {
      const redis = await RedisServer.start();
      const proxy = await FaultProxy.start(redis.url);
      // A busy machine sheds nothing: it is not what this is about.
      const env = { REDIS_URL: proxy.url, QINGYU_HTTP__MAX_EVENT_LOOP_DELAY_MS: '0' };
      const { servers } = await ServerCluster.start(2, { env });
      const [here, there] = (await Promise.all(servers.map(apiOf))) as [ApiClient, ApiClient];
      const faults: readonly (readonly [name: string, bring: () => unknown])[] = [
        ['up', () => {}],
        ['lost', () => Object.assign(proxy, { drop: 'both' })],
        ['killed', () => redis.kill()],
      ];
      const user = await newUser(here);
      const device = { id: 'phone' };
      for (const [name, bring] of faults) {
        await bring();
        const left = await here.login(user.username, user.password);
        const replaced = await here.post('/auth/login', {
          body: { login: user.username, password: user.password, device },
        });
        const tokens: string[] = [left.accessToken, replaced.body.accessToken];
        for (const token of tokens) await expect.poll(() => decidesInMemory(there, token)).toBe(true);
        expect((await here.post('/auth/logout', { token: tokens[0] as string })).status).toBe(204);
        expect(`${name}: ${await refusal(there, tokens[0] as string)}`).toBe(`${name}: session-logged-out`);
        await here.post('/auth/login', { body: { login: user.username, password: user.password, device } });
        expect(`${name}: ${await refusal(there, tokens[1] as string)}`).toBe(`${name}: session-evicted`);
      }
    },
  );
});

describe.skipIf(!testPostgresUrl)('two server processes (needs QINGYU_TEST_POSTGRES_URL)', () => {
  it('of which one has a database that stands still: within a second it decides nothing, then knows what ended', async () => {
    const { url, drop } = await createPostgresDatabase();
    const proxy = await FaultProxy.start(url);
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-paused-'));
    const startAt = (name: string, databaseUrl: string) =>
      ServerProcess.start({
        dataDir: join(folder, name),
        env: {
          DATABASE_URL: databaseUrl,
          QINGYU_SECRETS__KEY: key,
          QINGYU_HTTP__MAX_EVENT_LOOP_DELAY_MS: '0',
        },
      });
    const key = newKey();
    const first = await startAt('first', url);
    const second = await startAt('second', proxy.url);
    onTestFinished(async () => {
      proxy.heal();
      await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
      await drop();
      await rm(folder, { recursive: true, force: true });
    });
    const [here, there] = [await apiOf(first), await apiOf(second)];
    const { token } = await newUser(here);
    // A reader may not do this, which is decided without the database: 403 says that the token was taken.
    const decision = async () => (await there.get('/admin/system/jobs', { token })).body.code;
    await expect.poll(() => decidesInMemory(there, token)).toBe(true);
    expect(await decision()).toBe('permission-denied');
    Object.assign(proxy, { drop: 'both' });
    expect((await here.post('/auth/logout', { token })).status).toBe(204);
    const endedMs = performance.now();
    let last = '';
    do {
      const sinceMs = performance.now() - endedMs;
      last = await decision();
      if (last === 'permission-denied') expect(sinceMs).toBeLessThan(withinMs);
    } while (last === 'permission-denied');
    expect(last).toBe('auth-unavailable');
    proxy.heal();
    proxy.reset();
    await expect.poll(decision, { timeout: 20_000 }).toBe('session-logged-out');
  });
});
