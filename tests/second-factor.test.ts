import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../src/platform/database/index.js';
import { fill } from '../src/platform/errors/index.js';
import { apiBase, type Route, templateOf } from '../src/platform/http/index.js';
import { systemClock } from '../src/platform/kernel/index.js';
import { AuthenticatorApp } from '../src/testing/authenticator-app.js';
import { everyValueOf } from '../src/testing/every-value.repository.js';
import { newUser } from '../src/testing/factories.js';
import { Mailbox } from '../src/testing/mailbox.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

describe('the second factor over HTTP, in the whole application', () => {
  let folder: string;
  let server: TestApp;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-second-factor-'));
    server = await startTestApp({ set: { 'data.dir': folder, 'auth.requireAdminTotp': true } });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const stepUpRoutes = () => server.app.server.routes.filter(({ stepUp }) => stepUp);
  const ask = (route: Route, token: string) => {
    const path = fill(templateOf(route), (route.example?.params ?? {}) as Record<string, string>);
    return server.api.call(route.method, path.slice(apiBase.length), {
      token,
      ...(route.example?.body !== undefined && { body: route.example.body }),
    });
  };
  const refusalOf = async (route: Route, token: string) => {
    const { status, body } = await ask(route, token);
    const isRefused = status === 403 && ['step-up-required', 'totp-setup-required'].includes(body.code);
    return `${templateOf(route)}: ${isRefused ? body.code : 'let pass'}`;
  };
  const expectEach = async (token: string, outcome: string) => {
    const routes = stepUpRoutes();
    expect(routes.length).toBeGreaterThanOrEqual(2);
    const outcomes = [];
    for (const route of routes) outcomes.push(await refusalOf(route, token));
    expect(outcomes).toEqual(routes.map((route) => `${templateOf(route)}: ${outcome}`));
  };

  it('every route with stepUp refuses an admin without a factor, one who has not proved it, and no other', async () => {
    const { api } = server;
    const password = server.passwordOf('admin');
    const token = (await api.login('admin', password)).accessToken;
    await expectEach(token, 'totp-setup-required');
    const { body } = await api.post('/auth/totp/setup', { token, body: { password } });
    const app = new AuthenticatorApp(body.secret, systemClock);
    const enabled = await api.post('/auth/totp/enable', { token, body: { totp: app.code() } });
    expect(enabled.body.recoveryCodes).toHaveLength(10);
    await expectEach(token, 'step-up-required');
    const steppedUp = await api.post('/auth/step-up', { token, body: { totp: app.code(1) } });
    expect(steppedUp.status).toBe(200);
    await expectEach(token, 'let pass');
    const reader = await newUser(api);
    for (const route of stepUpRoutes().filter(({ access }) => access.kind !== 'permission')) {
      expect(await refusalOf(route, reader.token)).toBe(`${templateOf(route)}: let pass`);
    }
  });

  it('no password, seed, code or link is in any table or any line of the log', async () => {
    const { api } = server;
    const mailbox = new Mailbox(folder);
    const email = 'planted@example.com';
    const user = await newUser(api);
    const { token, password, username: login } = user;
    const secrets: string[] = [password];
    const secret = (value: string) => {
      secrets.push(value);
      return value;
    };
    await api.put('/auth/email', { token, body: { email, password } });
    const verification = secret(await mailbox.tokenTo(email));
    await api.post('/auth/email/verify', { body: { token: verification } });
    const pending = await api.post('/auth/totp/setup', { token, body: { password } });
    const app = new AuthenticatorApp(secret(pending.body.secret), systemClock);
    await api.post('/auth/totp/enable', { token, body: { totp: app.wrongCode() } });
    const enabled = await api.post('/auth/totp/enable', { token, body: { totp: app.code() } });
    for (const code of enabled.body.recoveryCodes as string[]) secret(code);
    await api.post('/auth/login', { body: { login, password: secret('planted-wrong-1'), totp: '123456' } });
    await api.post('/auth/login', { body: { login, password, totp: enabled.body.recoveryCodes[0] } });
    const next = secret('planted-next-77');
    await api.put('/auth/password', { token, body: { current: password, next } });
    await api.post('/auth/password/forgot', { body: { login: email } });
    const reset = secret(await mailbox.tokenTo(email, 2));
    const answer = await api.post('/auth/password/reset', {
      body: { token: reset, password: secret('planted-third-88') },
    });
    expect(answer.status).toBe(204);
    const database = server.app.platform.given.find(({ port }) => port === Database)?.implementation;
    const tables = await everyValueOf(database as Database);
    expect(tables.get('totp_seeds')?.length).toBeGreaterThan(0);
    expect(tables.get('auth_links')?.length).toBeGreaterThan(0);
    const plain = secrets.map((planted) => planted.replaceAll('-', ''));
    const planted = [...secrets, ...plain, app.seedHex];
    for (const [table, rows] of [...tables, ['log', server.logLines().map((line) => JSON.stringify(line))]]) {
      const leaked = planted.filter((text) => (rows as string[]).some((row) => row.includes(text)));
      expect([table, leaked]).toEqual([table, []]);
    }
  });
});
