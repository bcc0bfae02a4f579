import { describe, expect, it, onTestFinished } from 'vitest';
import { createPostgresDatabase, testPostgresUrl } from '../src/testing/databases.js';
import { FaultProxy } from '../src/testing/fault-proxy.js';
import { newKey } from '../src/testing/secrets.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

/** A hang, not a speed: the limits below add up to far less. */
const answeredWithinMs = 20_000;
const limits = {
  'database.acquireTimeoutMs': 500,
  'database.statementTimeoutMs': 1_000,
  'database.healthTimeoutMs': 300,
};

describe.skipIf(!testPostgresUrl)('while the database is gone (needs QINGYU_TEST_POSTGRES_URL)', () => {
  async function start(): Promise<{ test: TestApp; proxy: FaultProxy; token: string }> {
    const { url, drop } = await createPostgresDatabase();
    const proxy = await FaultProxy.start(url);
    const test = await startTestApp({
      set: { ...limits, 'database.url': proxy.url, 'secrets.key': newKey() },
    });
    onTestFinished(async () => {
      await test.close();
      await drop();
    });
    const { accessToken } = await test.api.login('demo_reader', test.passwordOf('demo_reader'));
    return { test, proxy, token: accessToken };
  }

  const outages = {
    'its server is killed': (proxy: FaultProxy) => proxy.kill(),
    'its machine falls silent': async (proxy: FaultProxy) => {
      proxy.drop = 'both';
    },
  };

  it.each(Object.entries(outages))(
    'because %s: 503, never allowed, alive and not ready; then all is well again',
    async (_how, breakIt) => {
      const { test, proxy, token } = await start();
      const { api } = test;
      await breakIt(proxy);

      const startMs = performance.now();
      const asked = await Promise.all([
        api.get('/auth/me', { token }),
        api.get('/ai/quota', { token }),
        api.get('/books'),
        api.post('/auth/login', { body: { login: 'demo_reader', password: test.passwordOf('demo_reader') } }),
        api.post('/ai/continue', { token, body: { text: '雪落下来。', maxTokens: 16 } }),
      ]);
      expect(performance.now() - startMs).toBeLessThan(answeredWithinMs);
      expect(asked.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
      expect(asked.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true);
      expect(JSON.stringify(asked.map(({ body }) => body))).not.toMatch(
        /ECONN|127\.0\.0\.1|select|postgres/i,
      );
      expect((await api.get('//healthz')).status).toBe(200);
      await expect.poll(async () => (await api.get('//readyz')).body.status).toBe('not-ready');

      if (proxy.drop !== 'none') {
        proxy.heal();
        await proxy.kill();
      }
      await proxy.restart();
      await expect
        .poll(async () => (await api.get('//readyz')).body.status, { timeout: 15_000 })
        .toBe('ready');
      expect((await api.get('/auth/me', { token })).status).toBe(200);
      const { status, body } = await api.post('/ai/continue', {
        token,
        body: { text: '雪落下来。', maxTokens: 16 },
      });
      expect(status).toBe(200);
      const quota = (await api.get('/ai/quota', { token })).body;
      expect([quota.used, quota.reserved]).toEqual([body.usage.chargedTokens, 0]);
    },
  );
});
