import { pino } from 'pino';
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { openApiDocument } from '../../../platform/http/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { routeServer } from '../../../testing/route-server.js';
import { authErrors } from '../auth.errors.js';
import { examples } from '../auth.examples.js';
import { authMigrations } from '../auth.migrations.js';
import { authRoutes } from '../auth.module.js';
import { password, startAuth } from './auth-harness.js';

const credentials = { username: 'lin_daiyu', password };

describeEachEngine('the routes of auth', (open) => {
  const start = async () => {
    const clock = new FakeClock();
    const db = await open({ migrations: authMigrations, clock });
    const auth = await startAuth(db, clock);
    const routes = authRoutes(auth);
    const lines: string[] = [];
    const server = await routeServer({
      routes,
      log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
      metrics: auth.metrics,
      authenticator: auth.authenticator,
    });
    const call = async (method: 'GET' | 'POST' | 'DELETE', url: string, body?: unknown, token?: string) => {
      const answer = await server.inject({
        ...{ method, url: url.startsWith('/.') ? url : `/api/v1${url}` },
        headers: {
          'accept-language': 'en',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && { payload: body as object }),
      });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: answer.body ? answer.json() : undefined,
      };
    };
    const signIn = async (device?: object) =>
      (await call('POST', '/auth/login', { login: 'lin_daiyu', password, ...(device && { device }) })).body;
    return { clock, auth, routes, lines, call, signIn };
  };

  it('register, sign in, who am I, refresh, sign out: each answers as documented', async () => {
    const { call } = await start();
    const registered = await call('POST', '/auth/register', examples.register);
    expect(registered).toMatchObject({ status: 201, headers: { location: '/api/v1/auth/me' } });
    expect(registered.body.user).toMatchObject({ username: 'lin_daiyu', email: 'daiyu@example.com' });
    const signedIn = await call('POST', '/auth/login', examples.login);
    expect(signedIn).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(Object.keys(signedIn.body).sort()).toEqual(Object.keys(examples.signedIn).sort());
    expect(signedIn.body).toMatchObject({ expiresIn: 900, tokenType: 'Bearer', user: registered.body.user });
    const me = await call('GET', '/auth/me', undefined, signedIn.body.accessToken);
    expect(me.body).toEqual({
      user: registered.body.user,
      roles: ['reader'],
      permissions: [],
      authorTier: null,
      session: signedIn.body.session,
    });
    const refreshed = await call('POST', '/auth/refresh', { refreshToken: signedIn.body.refreshToken });
    expect(refreshed.body.session).toEqual(signedIn.body.session);
    const out = await call('POST', '/auth/logout', undefined, refreshed.body.accessToken);
    expect(out).toMatchObject({ status: 204, body: undefined });
    for (const { accessToken } of [signedIn.body, refreshed.body]) {
      const after = await call('GET', '/auth/me', undefined, accessToken);
      expect(after.body).toMatchObject({ status: 401, code: 'session-logged-out', reason: 'logout' });
    }
  });

  it.each([
    ['a role', { ...credentials, role: 'admin' }],
    ['roles', { ...credentials, roles: ['admin'] }],
    [
      '__proto__',
      JSON.parse(`{"username":"lin_daiyu","password":"${password}","__proto__":{"roles":["admin"]}}`),
    ],
    ['a name that is no text', { ...credentials, username: ['lin_daiyu'] }],
    ['no password', { username: 'lin_daiyu' }],
    ['nothing', {}],
    ['10 000 characters of name', { ...credentials, username: 'a'.repeat(10_000) }],
  ])('a registration with %s is a 400 and makes nothing', async (_what, body) => {
    const { auth, call } = await start();
    expect((await call('POST', '/auth/register', body)).status).toBe(400);
    expect(await auth.accounts.findByLogin('lin_daiyu')).toBeUndefined();
  });

  it.each(['/auth/register', '/auth/login', '/auth/refresh'])(
    '%s reads no body that is larger than any real one',
    async (url) => {
      const { call } = await start();
      const { body } = await call('POST', url, { ...credentials, junk: 'a'.repeat(20_000) });
      expect(body).toMatchObject({ status: 413, code: 'body-too-large' });
    },
  );

  it('hostile sign-ins get a 4xx, never a 5xx', async () => {
    const { call } = await start();
    const bodies = [
      { login: 'a\u0000b', password },
      { login: '\ud800', password: '\ud800\udfff\ud800' },
      { login: 'lin_daiyu', password, device: { id: 'x', name: 'a\u0000b' } },
      { login: 'lin_daiyu', password, device: { id: 'x\n' } },
      { login: 'lin_daiyu', password, device: { id: 'x', class: 'fridge' } },
      { login: { $ne: null }, password },
      { login: 'lin_daiyu', password, totp: '' },
      { login: 'lin_daiyu', password, otp: '123456' },
    ];
    const statuses = await Promise.all(
      bodies.map(async (body) => (await call('POST', '/auth/login', body)).status),
    );
    expect(statuses).toEqual([400, 401, 400, 400, 400, 400, 400, 400]);
  });

  it.each(['', 'x', 'A'.repeat(8000), 'a.b.c', 'null', '令牌'.repeat(5), '../../etc/passwd'])(
    'a token that is none is a 401 that says so: %#',
    async (token) => {
      const { call } = await start();
      const { body } = await call('GET', '/auth/me', undefined, encodeURIComponent(token));
      expect(body).toMatchObject({ status: 401, code: 'token-invalid' });
    },
  );

  it('sessions are listed in pages, and each of my own can be ended', async () => {
    const { clock, auth, call, signIn } = await start();
    await auth.accounts.register(credentials);
    const phone = await signIn({ id: 'phone-1', name: '手机', class: 'mobile' });
    clock.advance(1000);
    const web = await signIn();
    const first = await call('GET', '/auth/sessions?limit=1', undefined, web.accessToken);
    expect(first.body.items).toEqual([web.session]);
    const cursor = first.body.nextCursor;
    const second = await call('GET', `/auth/sessions?limit=1&cursor=${cursor}`, undefined, web.accessToken);
    expect(second.body).toEqual({ items: [{ ...phone.session, current: false }], nextCursor: null });
    const ended = await call('DELETE', `/auth/sessions/${phone.session.id}`, undefined, web.accessToken);
    expect(ended.status).toBe(204);
    const gone = await call('DELETE', `/auth/sessions/${phone.session.id}`, undefined, web.accessToken);
    expect(gone.body).toMatchObject({ status: 404, code: 'session-not-found' });
    expect((await call('GET', '/auth/me', undefined, phone.accessToken)).body.code).toBe(
      'session-logged-out',
    );
  });

  it("another user's session answers as one that never was", async () => {
    const { auth, call, signIn } = await start();
    await auth.accounts.register(credentials);
    await auth.accounts.register({ username: 'jia_huan', password });
    const mine = await signIn();
    const { body: his } = await call('POST', '/auth/login', { login: 'jia_huan', password });
    const other = await call('DELETE', `/auth/sessions/${mine.session.id}`, undefined, his.accessToken);
    const unknown = await call(
      'DELETE',
      `/auth/sessions/${examples.sessionParams.id}`,
      undefined,
      his.accessToken,
    );
    for (const answer of [other, unknown]) {
      expect(answer.body).toMatchObject({ status: 404, code: 'session-not-found' });
    }
    expect((await call('GET', '/auth/me', undefined, mine.accessToken)).status).toBe(200);
  });

  it.each(['x', 'W10', 'WyJ4IiwieSJd', Buffer.from('["2025-13-01T00:00:00Z","x"]').toString('base64url')])(
    'a cursor that we did not make is a 400: %s',
    async (cursor) => {
      const { auth, call, signIn } = await start();
      await auth.accounts.register(credentials);
      const { accessToken } = await signIn();
      const answer = await call('GET', `/auth/sessions?cursor=${cursor}`, undefined, accessToken);
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid-cursor' });
    },
  );

  it('a session id that is no UUID is a 400', async () => {
    const { auth, call, signIn } = await start();
    await auth.accounts.register(credentials);
    const { accessToken } = await signIn();
    expect((await call('DELETE', '/auth/sessions/1', undefined, accessToken)).status).toBe(400);
  });

  it('the key set is public, may be cached, and checks nothing but public members', async () => {
    const { call } = await start();
    const answer = await call('GET', '/.well-known/jwks.json');
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=300' } });
    expect(Object.keys(answer.body.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  it('no password, token or hash is ever in a log line', async () => {
    const { auth, call, signIn, lines } = await start();
    await call('POST', '/auth/register', credentials);
    await call('POST', '/auth/register', credentials);
    const { accessToken, refreshToken } = await signIn();
    await call('POST', '/auth/login', { login: 'lin_daiyu', password: 'wrong-secret-9' });
    await call('GET', '/auth/me', undefined, accessToken);
    await call('POST', '/auth/refresh', { refreshToken });
    await call('POST', '/auth/refresh', { refreshToken: `${refreshToken}x` });
    await call('GET', '/auth/me', undefined, `${accessToken}x`);
    await auth.sessions.refresh(refreshToken);
    const log = lines.join('');
    expect(lines.length).toBeGreaterThan(5);
    for (const secret of [password, 'wrong-secret-9', accessToken, refreshToken, 'argon2id']) {
      expect(log).not.toContain(secret);
    }
  });

  it('every example of the API document fits its own schema', async () => {
    const { routes } = await start();
    let checked = 0;
    for (const route of routes) {
      for (const { schema, example } of Object.values(route.responses)) {
        if (!schema) continue;
        expect([...Value.Errors(schema, example)], route.path).toEqual([]);
        checked += 1;
      }
      if (route.body) expect([...Value.Errors(route.body, route.example?.body)], route.path).toEqual([]);
    }
    expect(checked).toBeGreaterThanOrEqual(15);
    const document = openApiDocument([{ tag: 'auth', description: '', routes }], '1.0.0');
    const paths = new Set(routes.map(({ path }) => path));
    expect(Object.keys(document.paths as object)).toHaveLength(paths.size);
  });
});

it('every error has a stable code of its own and both languages', () => {
  const definitions = Object.values(authErrors).map(({ definition }) => definition);
  expect(new Set(definitions.map(({ code }) => code)).size).toBe(definitions.length);
  for (const { code, title, detail } of definitions) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const text of [title, detail]) {
      expect(text.en).toMatch(/^[\x20-\x7e]+$/);
      expect(text['zh-CN']).toMatch(/\p{Script=Han}/u);
    }
  }
});
