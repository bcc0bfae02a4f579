import { expect, test } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { okResponse, serve } from '../../../testing/test-server.js';
import { databaseErrors } from '../../database/index.js';
import { access, defineRoute, type HttpConfig, openApiDocument, type Route } from '../../http/index.js';
import { Metrics } from '../../metrics/index.js';
import type { RateLimitConfig, RoutePolicy } from '../index.js';
import { limitsOn } from './fixture.js';

const handler = () => ({ ok: true });

function route(
  path: string,
  kind: Route['access'],
  extra: { rateLimit?: RoutePolicy; unsheddable?: true } = {},
): Route {
  return defineRoute({
    method: 'GET',
    path,
    access: kind,
    summary: path,
    responses: okResponse,
    handler,
    ...extra,
  });
}

const routes = [
  route('/open', access.public),
  route('/guest', access.guest),
  route('/mine', access.user),
  route('/staff', access.permission('system.read')),
  route('/sign-in', access.public, { rateLimit: 'sign-in' }),
  route('/ai', access.user, { rateLimit: 'ai' }),
  route('/probe', access.public, { unsheddable: true }),
  route('/control', access.control),
];

interface Ask {
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

async function start(limits: Partial<RateLimitConfig> = {}, config: Partial<HttpConfig> = {}) {
  const clock = new FakeClock();
  const counted = new Metrics();
  const service = limitsOn({ clock, metrics: counted }, limits);
  const authenticator = {
    authenticate: async (token: string) => {
      if (token === 'outage') throw databaseErrors.databaseUnavailable();
      return { userId: token, sessionId: 's', roles: [], permissions: [], secondFactor: 'off' } as const;
    },
  };
  const { url } = await serve(routes, config, { limits: service });
  const outage = () => serve(routes, config, { limits: service, authenticator });
  const ask = async (path: string, { token, headers = {} }: Ask = {}, base = url) => {
    const response = await fetch(`${base}/api/v1${path}`, {
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
  const statuses = async (times: number, path: string, request?: Ask) => {
    const found: number[] = [];
    for (let n = 0; n < times; n++) found.push((await ask(path, request)).status);
    return found;
  };
  return { clock, ask, statuses, outage, counted };
}

test('each answer says what is left of the limit with the least left, and a refusal when it is over', async () => {
  const { clock, ask } = await start({ guestPerMinute: 2 });
  const first = await ask('/open');
  expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual([
    '"guest";q=2;w=60',
    '"guest";r=1;t=60',
  ]);
  const last = await ask('/open');
  expect([last.status, last.headers.get('ratelimit')]).toEqual([200, '"guest";r=0;t=90']);
  clock.advance(500);
  const refused = await ask('/open', { headers: { 'accept-language': 'en' } });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('90');
  expect(refused.headers.get('ratelimit')).toBe('"guest";r=0;t=90');
  expect(refused.body).toMatchObject({ code: 'rate-limited', policy: 'guest', title: 'Too many requests' });
  expect(refused.body.detail).toBe(
    'At most 2 requests are taken in 60 seconds (policy `guest`). Try again in 90 seconds.',
  );
  const chinese = await ask('/open', { headers: { 'accept-language': 'zh-CN' } });
  expect(chinese.body).toMatchObject({
    title: '请求过于频繁',
    detail: expect.stringContaining('90 秒后重试'),
  });
  clock.advance(89_500);
  expect((await ask('/open')).status).toBe(200);
});

test('of two limits the tighter one is shown, and each refuses by itself', async () => {
  const { ask } = await start({ guestPerMinute: 100, signInPerMinute: 2, userPerMinute: 2, aiPerMinute: 50 });
  expect((await ask('/sign-in')).headers.get('ratelimit')).toBe('"sign-in";r=1;t=60');
  expect((await ask('/ai', { token: 'ada:' })).headers.get('ratelimit')).toBe('"user";r=1;t=60');
  await ask('/sign-in');
  const refused = await ask('/sign-in');
  expect([refused.status, refused.body.policy]).toEqual([429, 'sign-in']);
  expect((await ask('/open')).status).toBe(200);
});

test('sign-ins are limited by address whoever calls, and leave users alone', async () => {
  const { statuses } = await start({ signInPerMinute: 1 });
  expect(await statuses(2, '/sign-in', { token: 'ada:' })).toEqual([200, 429]);
  expect(await statuses(3, '/mine', { token: 'ada:' })).toEqual([200, 200, 200]);
});

test('users are counted each by themselves, guests by their address', async () => {
  const { statuses } = await start({ guestPerMinute: 2, userPerMinute: 3 });
  expect(await statuses(4, '/mine', { token: 'ada:' })).toEqual([200, 200, 200, 429]);
  expect(await statuses(1, '/mine', { token: 'bob:' })).toEqual([200]);
  expect(await statuses(3, '/guest')).toEqual([200, 200, 429]);
  expect(await statuses(1, '/guest', { token: 'bob:' })).toEqual([200]);
});

test('a flood without a token, with bad ones or of unknown paths is limited by its address', async () => {
  const { statuses } = await start({ guestPerMinute: 2 });
  expect(await statuses(2, '/mine')).toEqual([401, 401]);
  expect(await statuses(1, '/mine', { token: 'no-token' })).toEqual([429]);
  const unknown = await start({ guestPerMinute: 2 });
  expect(await unknown.statuses(3, '/nowhere')).toEqual([404, 404, 429]);
  const bad = await start({ guestPerMinute: 2 });
  expect(await bad.statuses(3, '/mine', { token: 'no-token' })).toEqual([401, 401, 429]);
  expect(await bad.statuses(1, '/mine', { token: 'ada:' })).toEqual([200]);
});

test('what is not allowed counts against the user', async () => {
  const { statuses } = await start({ userPerMinute: 2 });
  expect(await statuses(3, '/staff', { token: 'ada:' })).toEqual([403, 403, 429]);
});

test('while nobody can say who calls, the address is not blamed', async () => {
  const { outage, ask } = await start({ guestPerMinute: 1 });
  const { url } = await outage();
  for (let n = 0; n < 3; n++) expect((await ask('/mine', { token: 'outage' }, url)).status).toBe(503);
  expect((await ask('/open')).status).toBe(200);
});

test('probes and control routes are never counted or refused', async () => {
  const { ask, statuses } = await start({ guestPerMinute: 1 });
  expect(await statuses(5, '/probe')).toEqual([200, 200, 200, 200, 200]);
  expect(await statuses(3, '/control')).toEqual([404, 404, 404]);
  const first = await ask('/open');
  expect([first.status, (await ask('/probe')).headers.get('ratelimit')]).toEqual([200, null]);
});

test('X-Forwarded-For moves nobody to another address, unless a trusted proxy wrote it', async () => {
  const as = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const open = await start({ guestPerMinute: 1 });
  const spoofed = [await open.ask('/open', as('203.0.113.1')), await open.ask('/open', as('203.0.113.2'))];
  expect(spoofed.map(({ status }) => status)).toEqual([200, 429]);
  const behind = await start({ guestPerMinute: 1 }, { trustedProxies: ['127.0.0.1'] });
  const through = ['203.0.113.1', '203.0.113.2', '203.0.113.1', '198.51.100.1, 203.0.113.2'];
  const found: number[] = [];
  for (const address of through) found.push((await behind.ask('/open', as(address))).status);
  // What the client itself wrote before the proxy's own entry is not believed.
  expect(found).toEqual([200, 200, 429, 429]);
});

test('refusals are counted by policy', async () => {
  const { statuses, counted } = await start({ signInPerMinute: 1 });
  await statuses(3, '/sign-in');
  const page = await counted.registry.metrics();
  expect(page).toContain('http_rate_limited_total{policy="sign-in"} 2');
  expect(page).toContain('http_rate_limited_total{policy="guest"} 0');
  expect(page).toContain('http_rate_limit_decisions_total{tier="local"} 6');
});

test.each([
  ['counts users and lets guests in', route('/x', access.guest, { rateLimit: 'ai' }), 'counts users'],
  [
    'is never limited',
    route('/x', access.public, { rateLimit: 'sign-in', unsheddable: true }),
    'never limited',
  ],
])('a rateLimit on a route that %s fails the boot', async (_name, declared, words) => {
  await expect(serve([declared])).rejects.toThrow(words);
});

test('the document tells of 429 and the headers wherever a limit holds, and nowhere else', () => {
  const document = openApiDocument([{ tag: 'x', description: 'x', routes }], '1');
  const paths = document.paths as Record<
    string,
    { get: { responses: Record<string, { headers?: object }> } }
  >;
  for (const { path } of routes) {
    const responses = paths[`/api/v1${path}`]?.get.responses ?? {};
    const limited = !['/probe', '/control'].includes(path);
    expect([path, '429' in responses]).toEqual([path, limited]);
    if (!limited) continue;
    expect(Object.keys(responses['429']?.headers ?? {})).toEqual([
      'RateLimit-Policy',
      'RateLimit',
      'Retry-After',
    ]);
    expect(Object.keys(responses['200']?.headers ?? {})).toEqual(['RateLimit-Policy', 'RateLimit']);
  }
});

test('without limits nothing is refused and nothing is said of them', async () => {
  const { url } = await serve(routes);
  const response = await fetch(`${url}/api/v1/open`);
  expect([response.status, response.headers.get('ratelimit')]).toEqual([200, null]);
});
