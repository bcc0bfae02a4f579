import { expect, it } from 'vitest';
import { describeEachEngine, type OpenDatabase } from '../../../testing/databases.js';
import { everyValueOf } from '../../../testing/every-value.repository.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { routeServer } from '../../../testing/route-server.js';
import { authMigrations } from '../auth.migrations.js';
import { authRoutes } from '../auth.module.js';
import { ClosingService } from '../closing/closing.service.js';
import { claimant, codeOf, login, password, register, startAuth } from './auth-harness.js';

const actor = { kind: 'system' } as const;
const phone = '+8613800000001';

async function start(open: OpenDatabase) {
  const clock = new FakeClock();
  const db = await open({ migrations: authMigrations, clock });
  const auth = await startAuth(db, clock);
  const account = await auth.accounts.register({
    username: 'lin_daiyu',
    password,
    email: 'daiyu@example.com',
  });
  const device = { id: 'phone-7f3a', name: '黛玉的手机' };
  const signedIn = await login(auth, 'lin_daiyu', device);
  const who = { userId: account.id, sessionId: signedIn.session.id };
  const close = (typed: string | undefined = password, by = who) =>
    auth.closing.close({ ...by, password: typed, actor });
  /** A reader who came by phone, and so has no password. */
  const byPhone = async () => {
    await auth.phone.codes.send({ phone, purpose: 'sign-in', address: '203.0.113.7', locale: 'zh-CN' });
    const code = auth.codeSender.sent.at(-1)?.code ?? '';
    const { session, account: reader } = await auth.phone.phoneSignIn.login({
      ...{ phone, code, locale: 'zh-CN', address: undefined },
    });
    return { userId: reader.id, sessionId: session.id };
  };
  return { clock, db, auth, account, signedIn, who, close, byPhone };
}

describeEachEngine('closing an account', (open) => {
  it('erases what names the person, ends every session at once and frees the names', async () => {
    const { db, auth, account, signedIn, close } = await start(open);
    const other = await login(auth, 'lin_daiyu', { id: 'pad' });
    await auth.authenticator.authenticate(other.accessToken);
    await close();
    for (const { accessToken } of [signedIn, other]) {
      expect(await codeOf(auth.authenticator.authenticate(accessToken))).toBe('session-logged-out');
    }
    expect(await codeOf(auth.sessions.refresh(other.refreshToken))).toBe('token-invalid');
    expect(await codeOf(login(auth))).toBe('invalid-credentials');
    const left = [...(await everyValueOf(db)).values()].flat().join('\n');
    for (const trace of ['lin_daiyu', 'daiyu@example.com', 'phone-7f3a', '黛玉的手机', '203.0.113.7']) {
      expect([trace, left.includes(trace)]).toEqual([trace, false]);
    }
    expect(left).toContain(account.id);
    expect(auth.events.committed.filter(({ type }) => type === 'auth.account-closed')).toHaveLength(1);
    expect((await register(auth)).id).not.toBe(account.id);
  });

  it('needs the password, and leaves everything as it was without it', async () => {
    const { auth, signedIn, close } = await start(open);
    for (const typed of [undefined, '', 'wrong-1234'])
      expect(await codeOf(close(typed ?? ''))).toBe('password-wrong');
    expect(await auth.authenticator.authenticate(signedIn.accessToken)).toMatchObject({ roles: ['reader'] });
    expect((await login(auth)).account.email).toBe('daiyu@example.com');
  });

  it('twice at once closes once', async () => {
    const { auth, close } = await start(open);
    const outcomes = await Promise.allSettled([close(), close()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(auth.events.committed.filter(({ type }) => type === 'auth.account-closed')).toHaveLength(1);
  });

  it('is not for staff, whose acts must have somebody who answers for them', async () => {
    const { db, auth, who, close } = await start(open);
    await db.withTransaction({ name: 'grant' }, (tx) => auth.accounts.grantRole(tx, who.userId, 'operator'));
    expect(await codeOf(close())).toBe('staff-cannot-close');
    expect((await login(auth)).account.username).toBe('lin_daiyu');
  });

  it('waits for what is under way, says what it is, and then erases nothing', async () => {
    const { db, auth, who } = await start(open);
    const detail = { 'zh-CN': '有一笔提现在审核。', en: 'A withdrawal is under review.' };
    let erased = 0;
    const busy = {
      name: 'withdrawals',
      export: async function* () {},
      erase: async () => {
        erased += 1;
      },
      obstacle: async () => detail,
    };
    const { changes, ends, credentials, audit, events, personalData } = auth;
    const holders = { all: () => [...personalData, busy] };
    const closing = new ClosingService({
      ...{ db, audit, events, changes, ends, holders, proof: credentials.proof },
    });
    await expect(closing.close({ ...who, password, actor })).rejects.toMatchObject({
      code: 'account-in-use',
      options: { extensions: { obstacles: [{ name: 'withdrawals', detail }] } },
    });
    expect([erased, (await login(auth)).account.username]).toEqual([0, 'lin_daiyu']);
  });

  it('of who has no password takes a sign-in just now, to the millisecond', async () => {
    const { clock, auth, close, byPhone } = await start(open);
    const reader = await byPhone();
    clock.advance(600_000);
    expect(await codeOf(close(undefined, reader))).toBe('fresh-sign-in-required');
    clock.advance(-1);
    await close(undefined, reader);
    expect(await codeOf(close(undefined, reader))).toMatch(/token-invalid|password-wrong/);
    expect((await auth.accounts.get(reader.userId))?.status).toBe('closed');
  });

  it('a first password is set by who signed in just now without one, and by nobody else', async () => {
    const { clock, auth, byPhone } = await start(open);
    const reader = await byPhone();
    clock.advance(600_000);
    expect(await codeOf(auth.passwords.change(reader, undefined, 'xi-chun-9-hua'))).toBe(
      'fresh-sign-in-required',
    );
    expect(await codeOf(auth.passwords.change(claimant(reader.userId), undefined, 'xi-chun-9-hua'))).toBe(
      'fresh-sign-in-required',
    );
    clock.advance(-1);
    await auth.passwords.change(reader, undefined, 'xi-chun-9-hua');
    expect(await codeOf(auth.passwords.change(reader, undefined, 'xi-chun-9-hub'))).toBe('password-wrong');
  });
});

describeEachEngine('the export of an account', (open) => {
  const ask = async (body: object, { auth, signedIn }: Awaited<ReturnType<typeof start>>) => {
    const server = await routeServer({ routes: authRoutes(auth), authenticator: auth.authenticator });
    const headers = { authorization: `Bearer ${signedIn.accessToken}` };
    return server.inject({ method: 'POST', url: '/api/v1/auth/export', headers, payload: body });
  };

  it('is one JSON document of all that is kept, and nothing secret', async () => {
    const started = await start(open);
    for (let n = 0; n < 4; n++) await login(started.auth, 'lin_daiyu', { id: `device-${n}` });
    const answer = await ask({ password }, started);
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const document = answer.json();
    expect(document).toMatchObject({
      format: 'qingyu-personal-data',
      version: 1,
      userId: started.account.id,
    });
    expect(document.data.account).toMatchObject([{ username: 'lin_daiyu', email: 'daiyu@example.com' }]);
    expect(document.data.sessions).toHaveLength(5);
    expect(document.data.sessions[0]).toMatchObject({ deviceName: '黛玉的手机', address: '203.0.113.7' });
    for (const holder of started.auth.personalData) expect(document.data).toHaveProperty(holder.name);
    expect(answer.body).not.toMatch(/argon2|refresh|password_hash|secret/i);
  });

  it('needs the password', async () => {
    const started = await start(open);
    expect((await ask({ password: 'wrong-1234' }, started)).json().code).toBe('password-wrong');
    expect((await ask({}, started)).json().code).toBe('password-wrong');
  });
});
