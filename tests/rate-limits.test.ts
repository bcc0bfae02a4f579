import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { testPostgresUrl } from '../src/testing/databases.js';
import { FakeClock } from '../src/testing/fake-clock.js';
import { describeRedis, testKeyPrefix } from '../src/testing/redis.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

const limited = { 'http.rateLimitEnabled': true };
const password = 'a-Long-passw0rd';

describe('the limits as they are configured by default', () => {
  let server: TestApp;

  beforeAll(async () => {
    server = await startTestApp({ set: limited, overrides: { clock: new FakeClock() } });
  });
  afterAll(() => server.close());

  it('let an address sign in 20 times a minute, while who is signed in goes on', async () => {
    const { api, passwordOf } = server;
    const { accessToken: token } = await api.login('admin', passwordOf('admin'));
    const answers = await Promise.all(
      // Each a login of its own: five failures would lock one.
      Array.from({ length: 40 }, (_, n) =>
        api.post('/auth/login', { body: { login: `nobody-${n}`, password } }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect([statuses.filter((s) => s === 401).length, statuses.filter((s) => s === 429).length]).toEqual([
      19, 21,
    ]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 'rate-limited', policy: 'sign-in' });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    const mine = await api.get('/auth/sessions', { token });
    expect([mine.status, mine.headers.get('ratelimit-policy')]).toEqual([200, '"user";q=1200;w=60']);
    expect((await api.post('/auth/register', { body: { username: 'late', password: 'x' } })).status).toBe(
      429,
    );
    const page = (await api.get('//metrics')).body as string;
    expect(page).toContain('http_rate_limited_total{policy="sign-in"} 22');
  });

  it('have one of their own for AI calls and one for uploads', async () => {
    const { api, passwordOf } = await startLimited();
    const { accessToken: token } = await api.login('admin', passwordOf('admin'));
    const call = await api.post('/ai/continue', { token, body: { text: '雪落下来。', maxTokens: 16 } });
    expect([call.status, call.headers.get('ratelimit')]).toEqual([200, '"ai";r=59;t=60']);
    const upload = await api.post('/author/books/import', { token, form: new FormData() });
    expect(upload.headers.get('ratelimit')).toBe('"upload";r=59;t=60');
  });

  it('are told to pages of other origins', async () => {
    const { api } = await startLimited({ 'http.corsOrigins': ['https://pages.example'] });
    const { headers } = await api.get('//openapi.json', { headers: { origin: 'https://pages.example' } });
    expect(headers.get('access-control-expose-headers')).toMatch(
      /ratelimit, ratelimit-policy, idempotency-replayed/,
    );
  });
});

describeRedis('two instances that share a Redis', (url) => {
  it('let 300 of 400 requests of a guest pass between them', async () => {
    const shared = { 'redis.url': url, 'redis.keyPrefix': testKeyPrefix() };
    const apps = [await startLimited(shared), await startLimited(shared)];
    const calls = Array.from({ length: 400 }, (_, n) => apps[n % 2]?.api.get('//.well-known/jwks.json'));
    const statuses = (await Promise.all(calls)).map((answer) => answer?.status);
    expect(statuses.filter((status) => status === 429).length).toBe(100);
  });
});

/** Its time stands, so that no window slides away under a slow machine. */
async function startLimited(set: Record<string, unknown> = {}): Promise<TestApp> {
  const app = await startTestApp({
    engine: testPostgresUrl ? 'postgres' : 'pglite',
    set: { ...limited, ...set },
    overrides: { clock: new FakeClock() },
  });
  onTestFinished(app.close);
  return app;
}
