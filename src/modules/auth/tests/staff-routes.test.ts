import type { FastifyInstance } from 'fastify';
import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { routeServer } from '../../../testing/route-server.js';
import { authRoutes } from '../auth.module.js';
import { roleExamples } from '../role/role.schema.js';
import { password } from './auth-harness.js';
import { startStaff } from './staff-harness.js';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

describeEachEngine('over HTTP', (open) => {
  let staff: Awaited<ReturnType<typeof startStaff>>;
  let server: FastifyInstance;
  let admin: string;

  beforeAll(async () => {
    staff = await startStaff(open);
    const { auth } = staff;
    server = await routeServer({ routes: authRoutes(auth), authenticator: auth.authenticator });
    admin = (await staff.signIn(await staff.person('admin'))).token;
  });

  const call = async (token: string, method: Method, path: string, body?: object) => {
    const answer = await server.inject({
      ...{ method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } },
      ...(body && { payload: body }),
    });
    const { statusCode: status, headers } = answer;
    return { status, headers, body: answer.body ? answer.json() : undefined };
  };

  it('a custom role is made, listed, changed and removed', async () => {
    const { params, edit } = roleExamples;
    const path = `/admin/roles/${params.name}`;
    const made = await call(admin, 'POST', '/admin/roles', roleExamples.body);
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `/api/v1${path}` },
      body: roleExamples.role,
    });
    expect((await call(admin, 'POST', '/admin/roles', roleExamples.body)).body.code).toBe('role-exists');
    const first = (await call(admin, 'GET', '/admin/roles?limit=3')).body;
    const rest = (await call(admin, 'GET', `/admin/roles?limit=3&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual([
      'admin',
      'author',
      'campaign-desk',
      'operator',
      'reader',
      'reviewer',
    ]);
    expect(rest.nextCursor).toBeNull();
    expect((await call(admin, 'PUT', path, edit)).body).toEqual(roleExamples.edited);
    expect((await call(admin, 'PUT', path, edit)).body).toMatchObject({
      ...{ status: 409, code: 'version-conflict', currentVersion: 2 },
    });
    for (const permissions of [['*'], ['user'], ['user.read.all'], ['User.read'], 'user.read', [null]]) {
      expect((await call(admin, 'PUT', path, { ...edit, version: 2, permissions })).status).toBe(400);
    }
    expect((await call(admin, 'DELETE', path)).status).toBe(204);
    expect((await call(admin, 'DELETE', path)).body.code).toBe('role-not-found');
    expect((await call(admin, 'DELETE', '/admin/roles/admin')).body.code).toBe('role-fixed');
  });

  it('the permissions come in pages', async () => {
    const seen: string[] = [];
    for (let query = ''; ; ) {
      const { body } = await call(admin, 'GET', `/admin/permissions?limit=5${query}`);
      seen.push(...body.items.map(({ permission }: { permission: string }) => permission));
      if (body.nextCursor === null) break;
      query = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(staff.auth.permissions.catalogue.map(({ permission }) => permission));
  });

  it('an e-mail address is shown to those who ban, and masked for those who only look', async () => {
    const { auth, person, signIn } = staff;
    const username = 'lin_daiyu';
    await auth.accounts.create({ username, email: 'daiyu@example.com', password }, { kind: 'system' });
    const { token: operator } = await signIn(await person('operator'));
    const { token: reviewer } = await signIn(await person('reviewer'));
    const seen = async (token: string, q: string) =>
      (await call(token, 'GET', `/admin/users?q=${q}`)).body.items.map(
        ({ email }: { email: string }) => email,
      );
    expect(await seen(operator, 'daiyu@')).toEqual(['daiyu@example.com']);
    expect(await seen(reviewer, username)).toEqual(['d***@example.com']);
    expect(await seen(reviewer, 'daiyu@')).toEqual([]);
    const { id } = (await auth.accounts.findByLogin(username)) ?? {};
    expect((await call(reviewer, 'GET', `/admin/users/${id}`)).body.email).toBe('d***@example.com');
  });

  it('a user is found, signed out, banned, told so, and let in again', async () => {
    const { auth, person, signIn } = staff;
    const user = await person();
    const { sessionId } = await signIn(user);
    const path = `/admin/users/${user.id}`;
    const sessions = await call(admin, 'GET', `${path}/sessions`);
    expect(sessions.body).toMatchObject({ items: [{ id: sessionId, current: false }], nextCursor: null });
    const out = { sessionId, reason: '被盗' };
    expect((await call(admin, 'POST', `${path}/force-logout`, out)).body).toEqual({ ended: 1 });
    expect((await call(admin, 'POST', `${path}/force-logout`, { reason: '再查' })).body).toEqual({
      ended: 0,
    });
    const { token } = await signIn(user);
    const until = '2099-12-31T23:59:59+08:00';
    const banned = await call(admin, 'POST', `${path}/ban`, { reason: '广告', until });
    const bannedUntil = '2099-12-31T15:59:59.000Z';
    expect(banned.body).toMatchObject({ status: 'banned', banReason: '广告', bannedUntil });
    expect((await call(token, 'GET', '/auth/me')).body).toMatchObject({
      code: 'account-banned',
      status: 401,
    });
    const login = { login: user.account.username, password };
    const refused = await server.inject({ method: 'POST', url: '/api/v1/auth/login', payload: login });
    expect(refused.json()).toMatchObject({ code: 'account-banned', banReason: '广告', bannedUntil });
    expect((await call(admin, 'POST', `${path}/unban`)).body).toMatchObject({
      status: 'active',
      banReason: null,
    });
    expect((await call(admin, 'POST', `${path}/unban`)).body.code).toBe('not-banned');
    const { body } = await call(admin, 'GET', path);
    expect(body).toMatchObject({ status: 'active', bans: [{ reason: '广告', until: bannedUntil }] });
    expect((await signIn(user)).token).not.toBe(token);
    expect(auth.audit.entries.at(-1)?.actor).toMatchObject({ kind: 'user', address: '127.0.0.1' });
  });

  it('users and the sessions of one come in pages', async () => {
    const { auth, clock, person, signIn } = staff;
    const user = await person();
    const sessions = [await signIn(user)];
    clock.advance(1000);
    sessions.unshift(await signIn(user));
    const pagesOf = async (path: string) => {
      const first = (await call(admin, 'GET', `${path}?limit=1`)).body;
      const second = (await call(admin, 'GET', `${path}?limit=1&cursor=${first.nextCursor}`)).body;
      return [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    };
    const page = { limit: 2, beforeId: undefined, byEmail: true };
    const newest = (await auth.staff.directory.list({}, page)).map(({ id }) => id);
    expect(newest[0]).toBe(user.id);
    expect(await pagesOf('/admin/users')).toEqual(newest);
    expect(await pagesOf(`/admin/users/${user.id}/sessions`)).toEqual(
      sessions.map(({ sessionId }) => sessionId),
    );
    expect((await call(admin, 'GET', '/admin/users?cursor=W10')).body.code).toBe('invalid-cursor');
  });

  it.each([
    ['ban', {}],
    ['ban', { reason: '  ' }],
    ['ban', { reason: 'x', until: 'tomorrow' }],
    ['ban', { reason: 'x', until: '2016-12-31T23:59:60Z' }],
    ['ban', { reason: 'x', forever: true }],
    ['ban', { reason: 'x'.repeat(1001) }],
    ['unban', { reason: '' }],
    ['force-logout', {}],
    ['force-logout', { reason: 'x', sessionId: 'all' }],
  ])('%s with %j is a 400 and changes nothing', async (act, body) => {
    const user = await staff.person();
    const { token } = await staff.signIn(user);
    expect((await call(admin, 'POST', `/admin/users/${user.id}/${act}`, body)).status).toBe(400);
    expect((await call(token, 'GET', '/auth/me')).status).toBe(200);
  });

  it('roles and tiers are given to a user who is there, on the version that was read', async () => {
    const user = await staff.person();
    const path = `/admin/users/${user.id}`;
    const given = await call(admin, 'PUT', `${path}/roles`, { roles: ['reviewer'], version: 1 });
    expect(given.body).toMatchObject({ roles: ['reader', 'reviewer'], authorTier: null, version: 2 });
    const stale = await call(admin, 'PUT', `${path}/roles`, { roles: [], version: 1 });
    expect(stale.body).toMatchObject({ code: 'version-conflict', currentVersion: 2 });
    const tier = { tier: 'master', reason: '合同' };
    expect((await call(admin, 'PUT', `${path}/author-tier`, tier)).body).toMatchObject({
      ...{ roles: ['author', 'reader', 'reviewer'], authorTier: 'master' },
    });
    const nobody = '/admin/users/0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42';
    for (const [method, rest, body] of [
      ['GET', '', undefined],
      ['GET', '/sessions', undefined],
      ['PUT', '/roles', { roles: [] }],
      ['PUT', '/author-tier', tier],
      ['POST', '/ban', { reason: 'x' }],
      ['POST', '/unban', undefined],
      ['POST', '/force-logout', { reason: 'x' }],
    ] as const) {
      expect([rest, (await call(admin, method, nobody + rest, body)).body.code]).toEqual([
        rest,
        'user-not-found',
      ]);
    }
  });

  it('people change their own profile, and nothing that is not theirs to choose', async () => {
    const { token } = await staff.signIn(await staff.person());
    const edited = await call(token, 'PATCH', '/auth/me', { nickname: ' 潇湘妃子 ', locale: 'en-us' });
    expect(edited.body.user).toMatchObject({ nickname: '潇湘妃子', locale: 'en-US', version: 2 });
    expect((await call(token, 'GET', '/auth/me')).body).toEqual(edited.body);
    const stale = await call(token, 'PATCH', '/auth/me', { nickname: 'x', version: 1 });
    expect(stale.body).toMatchObject({ code: 'version-conflict', currentVersion: 2 });
    for (const body of [
      { roles: ['admin'] },
      { status: 'active' },
      { nickname: '' },
      { nickname: 'a\u202eb' },
    ]) {
      expect((await call(token, 'PATCH', '/auth/me', body)).status).toBe(400);
    }
    expect((await call(token, 'GET', '/auth/me')).body).toEqual(edited.body);
  });
});
