import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { routeServer } from '../../../testing/route-server.js';
import { authMigrations } from '../auth.migrations.js';
import { authRoutes } from '../auth.module.js';
import { type Auth, password, startAuth } from './auth-harness.js';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

describeEachEngine('sign-in over HTTP', (open) => {
  const clock = new FakeClock();
  let auth: Auth;
  let server: Awaited<ReturnType<typeof routeServer>>;
  beforeAll(async () => {
    auth = await startAuth(await open({ migrations: authMigrations, clock }), clock);
    server = await routeServer({ routes: authRoutes(auth), authenticator: auth.authenticator });
  });

  const call = async (method: Method, url: string, payload?: unknown, more: object = {}) => {
    const answer = await server.inject({
      ...{ method, url: `/api/v1/auth/${url}`, remoteAddress: '192.0.2.1' },
      headers: { 'content-type': 'application/json', ...more },
      ...(payload !== undefined && {
        payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body ? answer.json() : undefined,
    };
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const codeOnPhone = () => auth.codeSender.sent.at(-1)?.code;

  it('a phone signs in, is shown, given up and given again, as documented', async () => {
    const phone = '13900139000';
    const asked = await call('POST', 'phone/code', { phone }, { 'accept-language': 'en' });
    expect(asked).toMatchObject({ status: 202, body: { expiresIn: 300, retryAfter: 60 } });
    expect(auth.codeSender.sent.at(-1)).toMatchObject({ locale: 'en', purpose: 'sign-in' });
    const again = await call('POST', 'phone/code', { phone });
    expect(again).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
    expect(again.body.code).toBe('phone-code-limited');

    const device = { id: 'phone-7f3a', class: 'mobile' };
    const signedIn = await call('POST', 'phone/login', { phone, code: codeOnPhone(), device });
    expect(signedIn).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(signedIn.body.session.device).toMatchObject(device);
    const token = bearer(signedIn.body.accessToken);
    expect((await call('GET', 'phone', undefined, token)).body).toEqual({ phone: '+8613900139000' });
    clock.advance(60_000);
    await call('POST', 'phone/code', { phone, purpose: 'unbind' });
    const kept = await call('DELETE', 'phone', { code: codeOnPhone() }, token);
    expect(kept).toMatchObject({ status: 409, body: { code: 'phone-is-only-login' } });
  });

  it('an account with a password gives its phone up, and another one takes it', async () => {
    const phone = '+85251234567';
    await auth.accounts.register({ username: 'lin_daiyu', password });
    const { body } = await call('POST', 'login', { login: 'lin_daiyu', password });
    const token = bearer(body.accessToken);
    await call('POST', 'phone/code', { phone, purpose: 'bind' });
    const code = codeOnPhone();
    expect(await call('PUT', 'phone', { phone, code }, token)).toMatchObject({
      status: 200,
      body: { phone },
    });
    clock.advance(60_000);
    await call('POST', 'phone/code', { phone, purpose: 'unbind' });
    const unbound = await call('DELETE', 'phone', { code: codeOnPhone() }, token);
    expect(unbound).toMatchObject({ status: 204, body: undefined });
    expect((await call('GET', 'phone', undefined, token)).body).toEqual({ phone: null });
  });

  it('who may ban users unlocks a sign-in, with a reason; others may not', async () => {
    const { id } = await auth.accounts.register({ username: 'jia_baoyu', password });
    await auth.accounts.create({ username: 'jia_lian', password, roles: ['operator'] }, { kind: 'system' });
    const tokenOf = async (login: string) =>
      bearer((await call('POST', 'login', { login, password })).body.accessToken);
    const [reader, operator] = [await tokenOf('jia_baoyu'), await tokenOf('jia_lian')];
    for (let n = 0; n < 5; n += 1)
      await call('POST', 'login', { login: 'jia_baoyu', password: 'wrong-1234' });
    const unlock = (who: object, body: unknown) =>
      call('POST', `../admin/users/${id}/unlock-login`, body, who);
    expect(await unlock(reader, { reason: 'please' })).toMatchObject({ status: 403 });
    expect(await unlock(operator, { reason: '  ' })).toMatchObject({ status: 400 });
    expect((await call('POST', 'login', { login: 'jia_baoyu', password })).body.code).toBe('login-locked');
    expect(await unlock(operator, { reason: '已核对身份' })).toMatchObject({
      status: 200,
      body: { unlocked: true },
    });
    expect((await call('POST', 'login', { login: 'jia_baoyu', password })).status).toBe(200);
  });

  it.each([
    ['a look-alike of a phone', 'phone/code', { phone: '１３９００１３９０００' }, 400, 'phone-invalid'],
    ['a number in place of a phone', 'phone/code', { phone: 13_900_139_000 }, 400, 'invalid-input'],
    ['a purpose that is none', 'phone/code', { phone: '13900139001', purpose: 'x' }, 400, 'invalid-input'],
    [
      'a code of other digits',
      'phone/login',
      { phone: '13900139001', code: '１２３４５６' },
      400,
      'invalid-input',
    ],
    ['a code in pieces', 'phone/login', { phone: '13900139001', code: ['1'] }, 400, 'invalid-input'],
    ['64 KB of login', 'login', { login: 'x'.repeat(65_536), password }, 413, 'body-too-large'],
    ['64 KB of code', 'phone/login', { phone: '1', code: '1'.repeat(65_536) }, 413, 'body-too-large'],
    ['a long login', 'login', { login: 'x'.repeat(257), password }, 400, 'invalid-input'],
    ['a Cyrillic look-alike', 'login', { login: 'lіn_daiyu', password }, 401, 'invalid-credentials'],
    ['a full-width look-alike', 'login', { login: 'ｌin_daiyu', password }, 401, 'invalid-credentials'],
    ['a Kelvin sign', 'login', { login: 'jiang_\u212a', password }, 401, 'invalid-credentials'],
  ])('%s is refused', async (_what, url, body, status, code) => {
    expect(await call('POST', url, body)).toMatchObject({ status, body: { code } });
  });

  it('a key twice counts for what it was taken as, so that nobody guesses at one name and is counted for another', async () => {
    await auth.accounts.register({ username: 'shi_xiangyun', password });
    const twice = (typed: string) =>
      `{"login":"nobody_else","login":"shi_xiangyun","password":"x","password":${JSON.stringify(typed)}}`;
    const from = { 'x-forwarded-for': '198.51.100.1, 198.51.100.2' };
    const codes = [];
    for (let n = 0; n < 6; n += 1)
      codes.push((await call('POST', 'login', twice(`wrong-${n}`), from)).body.code);
    expect(codes).toEqual([...Array<string>(5).fill('invalid-credentials'), 'login-locked']);
    const other = await call('POST', 'login', { login: 'nobody_else', password });
    expect(other.body.code).toBe('invalid-credentials');
  });

  it('an address that a client makes up is not the one that failures count for', async () => {
    const guess = (n: number) =>
      call('POST', 'login', { login: `made_up_${n}`, password }, { 'x-forwarded-for': `203.0.113.${n}` });
    const codes = new Set<string>();
    for (let n = 0; n < 25; n += 1) codes.add((await guess(n)).body.code);
    expect(codes).toContain('login-locked');
  });
});
