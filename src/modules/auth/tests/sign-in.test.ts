import { expect, it } from 'vitest';
import { tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authErrors } from '../auth.errors.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { codeOf, login, metricOf, password, register, startAuth } from './auth-harness.js';

describeEachEngine('sign-in', (open) => {
  const clock = new FakeClock();
  const start = async () => {
    const db = await open({ migrations: authMigrations, clock });
    const auth = await startAuth(db, clock);
    const account = await register(auth);
    const setUser = (values: { status?: string; password_hash?: string }) =>
      tables<AuthTables>(db).updateTable('users').set(values).where('id', '=', account.id).execute();
    return { db, auth, account, setUser };
  };

  it('an unknown user costs the same hashes and gets the same answer as a wrong password', async () => {
    const { auth } = await start();
    const costOf = async (name: string) => {
      const { verifications, hashes } = auth.hasher;
      const code = await codeOf(
        auth.signIn.login({ login: name, password: 'wrong-1234', address: undefined }),
      );
      return {
        code,
        verifications: auth.hasher.verifications - verifications,
        hashes: auth.hasher.hashes - hashes,
      };
    };
    const known = await costOf('lin_daiyu');
    expect(known).toEqual({ code: 'invalid-credentials', verifications: 1, hashes: 0 });
    for (const name of ['nobody', 'nobody@example.com', '', 'a\u0000b', '黛玉', '\ud800', "' or 1=1 --"]) {
      expect(await costOf(name)).toEqual(known);
    }
    expect(await metricOf(auth.metrics, 'user_logins_total')).toEqual({ 'invalid-credentials': 8 });
  });

  it('the name works in any case, and no look-alike of it does', async () => {
    const { auth, account } = await start();
    expect((await login(auth, 'LIN_DAIYU')).account.id).toBe(account.id);
    expect(await codeOf(login(auth, 'lіn_daiyu'))).toBe('invalid-credentials');
    expect(await codeOf(login(auth, 'lin_daiyu '))).toBe('invalid-credentials');
  });

  it('a banned user learns of the ban only with the right password', async () => {
    const { auth, setUser } = await start();
    await setUser({ status: 'banned' });
    expect(await codeOf(login(auth))).toBe('account-banned');
    const wrong = auth.signIn.login({ login: 'lin_daiyu', password: 'wrong-1234', address: undefined });
    expect(await codeOf(wrong)).toBe('invalid-credentials');
  });

  it('a closed account is as unknown as one that never was', async () => {
    const { auth, setUser } = await start();
    await setUser({ status: 'closed' });
    expect(await codeOf(login(auth))).toBe('invalid-credentials');
  });

  it('a password that changes while it is verified opens no session', async () => {
    const { db, auth, setUser } = await start();
    const another = await auth.hasher.hash('hong-lou-meng-8');
    auth.hasher.afterVerify = () => setUser({ password_hash: another });
    expect(await codeOf(login(auth))).toBe('invalid-credentials');
    expect(await tables<AuthTables>(db).selectFrom('sessions').select('id').execute()).toEqual([]);
  });

  it('a hash of weaker parameters than today is made anew by a sign-in, and by 10 at once, which all pass', async () => {
    const { db, auth } = await start();
    const hashOf = async () =>
      (await tables<AuthTables>(db).selectFrom('users').select('password_hash').executeTakeFirstOrThrow())
        .password_hash;
    const before = await hashOf();
    auth.hasher.isOutdated = (hash) => hash === before;
    const users = await Promise.all(Array.from({ length: 10 }, () => login(auth)));
    expect(users).toHaveLength(10);
    const after = await hashOf();
    expect(after).not.toBe(before);
    const { hashes } = auth.hasher;
    await login(auth);
    expect([auth.hasher.hashes, await hashOf()]).toEqual([hashes, after]);
  });

  it('a hash is made anew another time while many wait for hashes, and the sign-in passes', async () => {
    const { auth, account } = await start();
    auth.hasher.isOutdated = () => true;
    auth.hasher.hash = () => Promise.reject(authErrors.passwordHashingBusy());
    expect((await login(auth)).account.id).toBe(account.id);
  });

  it('a password that was changed while its hash was made anew stays as it was changed', async () => {
    const { db, auth, setUser } = await start();
    const another = await auth.hasher.hash('hong-lou-meng-8');
    auth.hasher.isOutdated = () => true;
    auth.hasher.afterVerify = () => setUser({ password_hash: another });
    expect(await codeOf(login(auth))).toBe('invalid-credentials');
    const { password_hash } = await tables<AuthTables>(db)
      .selectFrom('users')
      .select('password_hash')
      .executeTakeFirstOrThrow();
    expect(password_hash).toBe(another);
  });

  it('a sign-in on the same device replaces its session, and the old one is told by which device', async () => {
    const { auth } = await start();
    const first = await login(auth, 'lin_daiyu', { id: 'phone-1', name: '旧手机' });
    const other = await login(auth, 'lin_daiyu', { id: 'tablet-1' });
    await login(auth, 'lin_daiyu', { id: 'phone-1', name: '新手机' });
    await expect(auth.authenticator.authenticate(first.accessToken)).rejects.toMatchObject({
      code: 'session-evicted',
      options: {
        extensions: { reason: 'replaced', endedByDevice: '新手机', endedAt: clock.now().toISOString() },
      },
    });
    expect(await auth.authenticator.authenticate(other.accessToken)).toMatchObject({ roles: ['reader'] });
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ replaced: 1 });
  });

  it('20 sign-ins on one device at once leave one live session', async () => {
    const { auth, account } = await start();
    await Promise.all(Array.from({ length: 20 }, () => login(auth, 'lin_daiyu', { id: 'phone-1' })));
    expect(await auth.sessions.list(account.id, 100, undefined)).toHaveLength(1);
  });

  it("another user's session on the same device id stays", async () => {
    const { auth } = await start();
    await register(auth, 'xue_baochai');
    const first = await login(auth, 'lin_daiyu', { id: 'family-pc' });
    await login(auth, 'xue_baochai', { id: 'family-pc' });
    expect(await auth.authenticator.authenticate(first.accessToken)).toMatchObject({
      userId: first.account.id,
    });
  });

  it('the password may be typed in composed or decomposed form', async () => {
    const { auth } = await start();
    await auth.accounts.register({ username: 'xue_baochai', password: 'caf\u00e9-2024' });
    const decomposed = { login: 'xue_baochai', password: 'cafe\u0301-2024', address: undefined };
    expect((await auth.signIn.login(decomposed)).account.username).toBe('xue_baochai');
  });

  it('the list of sessions pages through all live ones, last used first, each once', async () => {
    const { auth, account } = await start();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      ids.unshift((await login(auth)).session.id);
      if (n % 2) clock.advance(1000);
    }
    await auth.sessions.end(account.id, ids[4] ?? '');
    const seen: string[] = [];
    for (let last: { lastSeenAt: Date; id: string } | undefined; ; ) {
      const page = await auth.sessions.list(account.id, 1, last);
      last = page[0];
      if (!last) break;
      seen.push(last.id);
    }
    expect(seen).toEqual(ids.slice(0, 4));
  });

  it('the right password still opens a session beside all this', async () => {
    const { auth } = await start();
    const signedIn = await auth.signIn.login({ login: 'lin_daiyu', password, address: '203.0.113.7' });
    expect(signedIn.session).toMatchObject({
      address: '203.0.113.7',
      deviceClass: 'web',
      createdAt: clock.now(),
    });
    expect((await auth.sessions.describe(signedIn.session.id)).session).toEqual(signedIn.session);
  });
});
