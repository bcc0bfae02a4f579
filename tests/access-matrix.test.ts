import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill } from '../src/platform/errors/index.js';
import { apiBase, type Route, templateOf } from '../src/platform/http/index.js';
import type { ApiAnswer } from '../src/testing/api-client.js';
import { newUser } from '../src/testing/factories.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

/** For each path parameter that names a thing somebody owns: how a user comes by one. */
const ownedThings: Record<string, (app: TestApp, token: string) => Promise<string>> = {
  '/auth/sessions/{id}': async ({ api }, token) =>
    (await api.get('/auth/sessions', { token })).body.items.at(-1).id,
  '/ai/calls/{id}': async ({ api }, token) =>
    (await api.post('/ai/continue', { token, body: { text: '雪落下来。', maxTokens: 16 } })).body.id,
};

/** Every declared route, asked as everyone, against what its declaration promises. A new route joins by itself. */
describe('each route answers by its declaration', () => {
  let server: TestApp;

  beforeAll(async () => {
    server = await startTestApp();
  });
  afterAll(() => server.close());

  const newToken = async () => (await newUser(server.api)).token;
  const admin = async () => (await server.api.login('admin', server.passwordOf('admin'))).accessToken;

  function ask(route: Route, token?: string, params: Record<string, string> = {}): Promise<ApiAnswer> {
    const path = fill(templateOf(route), { ...route.example?.params, ...params } as Record<string, string>);
    const query = new URLSearchParams(route.example?.query as Record<string, string> | undefined).toString();
    const form = route.multipart ? new FormData() : undefined;
    return server.api.call(route.method, `/${query ? `${path}?${query}` : path}`, {
      token,
      ...(route.example?.body !== undefined && { body: route.example.body }),
      ...(form && { form }),
    });
  }

  const refusedForAccess = ({ status, body }: ApiAnswer) =>
    status === 401 || (status === 403 && (body as { code: string }).code === 'permission-denied');

  it('as a guest: open routes do not ask who, all others answer 401', async () => {
    for (const route of server.app.server.routes) {
      const answer = await ask(route);
      const { kind } = route.access;
      const name = `${route.method} ${templateOf(route)}`;
      if (kind === 'control') expect([name, answer.status]).toEqual([name, 404]);
      else if (kind !== 'public' && kind !== 'guest') {
        expect([name, answer.status, answer.body.code]).toEqual([name, 401, 'authentication-required']);
      } else if (!asksForCredentials(route)) expect([name, refusedForAccess(answer)]).toEqual([name, false]);
    }
  });

  it('with a token that is no token: every route that looks at one answers 401', async () => {
    for (const route of server.app.server.routes) {
      if (route.access.kind === 'public' || route.access.kind === 'control') continue;
      const { status, body } = await ask(route, 'not.a.token');
      expect([templateOf(route), status, body.code]).toEqual([templateOf(route), 401, 'token-invalid']);
    }
  });

  it('as a reader: routes for users let pass, routes with a permission answer 403', async () => {
    for (const route of server.app.server.routes) {
      const { kind } = route.access;
      if (kind !== 'user' && kind !== 'permission') continue;
      const answer = await ask(route, await newToken());
      const name = `${route.method} ${templateOf(route)}`;
      expect([name, refusedForAccess(answer)]).toEqual([name, kind === 'permission']);
    }
  });

  it('as an admin: every permission is held', async () => {
    const token = await admin();
    const guarded = server.app.server.routes.filter(({ access }) => access.kind === 'permission');
    expect(guarded.length).toBeGreaterThan(0);
    for (const route of guarded) {
      const name = `${route.method} ${templateOf(route)}`;
      expect([name, refusedForAccess(await ask(route, token))]).toEqual([name, false]);
    }
  });

  it('as another owner, even as an admin: what belongs to somebody else does not exist', async () => {
    const owned = server.app.server.routes.filter(({ access }) => access.kind === 'owner');
    expect(owned.length).toBeGreaterThan(0);
    for (const route of owned) {
      const path = templateOf(route).slice(apiBase.length);
      const come = ownedThings[path];
      if (!come) throw new Error(`tests/access-matrix.test.ts does not know how a user comes by ${path}`);
      const owner = await newToken();
      const id = await come(server, owner);
      for (const other of [await newToken(), await admin()]) {
        expect([path, (await ask(route, other, { id })).status]).toEqual([path, 404]);
      }
      expect([path, (await ask(route, owner, { id })).status < 300]).toEqual([path, true]);
    }
  });
});

/** Signing in with the example's made-up credentials is refused for another reason. */
function asksForCredentials(route: Route): boolean {
  return ['/auth/login', '/auth/refresh'].includes(route.path);
}
