import { expect, it } from 'vitest';
import { tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { signedInView, userView } from '../auth.views.js';
import { codeOf, login, metricOf, password, register, startAuth } from './auth-harness.js';

describeEachEngine('registration', (open) => {
  const clock = new FakeClock();
  const start = async () => {
    const db = await open({ migrations: authMigrations, clock });
    return { db, auth: await startAuth(db, clock) };
  };

  it('50 registrations of one name at once, in any case, make one account', async () => {
    const { db, auth } = await start();
    const names = Array.from({ length: 50 }, (_, n) => (n % 2 ? 'lin_daiyu' : 'LIN_Daiyu'));
    const codes = await Promise.all(names.map((name) => codeOf(register(auth, name))));
    expect(codes.filter((code) => code === 'nothing was raised')).toHaveLength(1);
    expect(codes.filter((code) => code === 'username-taken')).toHaveLength(49);
    expect(await tables<AuthTables>(db).selectFrom('users').select('id').execute()).toHaveLength(1);
    expect(await tables<AuthTables>(db).selectFrom('user_roles').select('role').execute()).toEqual([
      { role: 'reader' },
    ]);
    expect(await metricOf(auth.metrics, 'user_registrations_total')).toEqual({ all: 1 });
  });

  it('an e-mail address belongs to one account, whatever its case', async () => {
    const { auth } = await start();
    await auth.accounts.register({ username: 'lin_daiyu', email: 'Daiyu@Example.com', password });
    const again = auth.accounts.register({ username: 'xue_baochai', email: 'daiyu@example.COM', password });
    expect(await codeOf(again)).toBe('email-taken');
    expect((await auth.accounts.findByLogin('DAIYU@example.com'))?.username).toBe('lin_daiyu');
    expect(await auth.accounts.findByLogin('xue_baochai')).toBeUndefined();
  });

  it('several accounts may have no e-mail address', async () => {
    const { auth } = await start();
    await register(auth, 'lin_daiyu');
    await register(auth, 'xue_baochai');
    expect(await auth.accounts.findByLogin('xue_baochai')).toMatchObject({ email: undefined });
  });

  it.each([
    ['username-reserved', { username: 'ADMIN' }],
    ['username-invalid', { username: 'a' }],
    ['username-invalid', { username: 'аdmin' }],
    ['username-invalid', { username: 'abc\u0000' }],
    ['email-invalid', { email: 'nobody' }],
    ['email-invalid', { email: '' }],
    ['password-length', { password: 'abc1' }],
    ['password-simple', { password: 'abcdefghij' }],
    ['password-common', { password: 'Qwer1234' }],
    ['password-is-username', { password: 'LIN_daiyu1', username: 'lin_daiyu1' }],
  ])('%s refuses it before a hash is made', async (code, change) => {
    const { auth } = await start();
    const before = auth.hasher.hashes;
    expect(await codeOf(auth.accounts.register({ username: 'lin_daiyu', password, ...change }))).toBe(code);
    expect(auth.hasher.hashes).toBe(before);
  });

  it('nobody registers as more than a reader, whatever else the caller passes', async () => {
    const { auth } = await start();
    const wanted = { username: 'lin_daiyu', password, roles: ['admin'] };
    const account = await auth.accounts.register(wanted);
    expect(account.roles).toEqual(['reader']);
    expect((await auth.accounts.get(account.id))?.roles).toEqual(['reader']);
  });

  it('what is answered equals what is stored', async () => {
    const { auth } = await start();
    const account = await auth.accounts.register({ username: 'Lin_Daiyu', email: 'D@example.com', password });
    expect(await auth.accounts.get(account.id)).toEqual(account);
    expect(account.createdAt).toEqual(clock.now());
  });

  it('neither the hash nor the password leaves, in any view', async () => {
    const { db, auth } = await start();
    await register(auth);
    const signedIn = await login(auth);
    const [row] = await tables<AuthTables>(db).selectFrom('users').select('password_hash').execute();
    const seen = JSON.stringify([
      ...[await auth.accounts.findByLogin('lin_daiyu'), await auth.sessions.describe(signedIn.session.id)],
      ...[userView(signedIn.account), signedInView(signedIn), signedIn],
    ]);
    expect(row?.password_hash).toMatch(/^\$argon2id\$/);
    expect(seen).toContain('lin_daiyu');
    expect(seen).not.toContain('argon2');
    expect(seen).not.toContain(password);
  });
});
