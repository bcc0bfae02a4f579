import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { accountCommands } from '../account/account.commands.js';
import { generatePassword } from '../account/first-accounts.service.js';
import { authMigrations } from '../auth.migrations.js';
import { password, startAuth } from './auth-harness.js';

describeEachEngine('first accounts', (open) => {
  const clock = new FakeClock();
  const start = async (adminPassword?: string) => {
    const db = await open({ migrations: authMigrations, clock });
    return startAuth(db, clock, adminPassword === undefined ? {} : { adminPassword });
  };
  const signIn = (auth: Awaited<ReturnType<typeof start>>, login: string, secret: string) =>
    auth.signIn.login({ login, password: secret, address: undefined });

  it('10 starts at once make one admin, whose password is told once', async () => {
    const auth = await start();
    const made = await Promise.all(Array.from({ length: 10 }, () => auth.firstAccounts.ensureAdmin()));
    const [admin, ...others] = made.filter((account) => account !== undefined);
    expect(others).toEqual([]);
    const { account } = await signIn(auth, 'admin', admin?.generatedPassword ?? '');
    expect(account.roles).toEqual(['admin', 'reader']);
    expect(await auth.firstAccounts.ensureAdmin()).toBeUndefined();
  });

  it('a configured password is used and never told', async () => {
    const auth = await start(password);
    expect(await auth.firstAccounts.ensureAdmin()).toEqual({ username: 'admin' });
    expect((await signIn(auth, 'admin', password)).account.roles).toContain('admin');
  });

  it('a weak configured password stops the start, with its rule and without its value', async () => {
    const auth = await start('qwer1234');
    const message = await auth.firstAccounts.ensureAdmin().then(
      () => 'made',
      (error: Error) => error.message,
    );
    expect(message).toMatch(/auth\.adminPassword.*most common/);
    expect(message).not.toContain('qwer1234');
  });

  it('a weak configured password does not stop a start once there is an admin', async () => {
    const db = await open({ migrations: authMigrations, clock });
    await (await startAuth(db, clock)).firstAccounts.ensureAdmin();
    const later = await startAuth(db, clock, { adminPassword: 'weak' });
    expect(await later.firstAccounts.ensureAdmin()).toBeUndefined();
  });

  it('the demo author and reader are made once and can sign in', async () => {
    const auth = await start();
    const made = await auth.firstAccounts.seedDemo();
    expect(made.map(({ username }) => username)).toEqual(['demo_author', 'demo_reader']);
    for (const { username, generatedPassword = '' } of made) {
      expect((await signIn(auth, username, generatedPassword)).account.roles).toContain('reader');
    }
    expect((await auth.accounts.findByLogin('demo_author'))?.roles).toEqual(['author', 'reader']);
    expect(await auth.firstAccounts.seedDemo()).toEqual([]);
  });

  it('create-admin makes an admin who can sign in, and refuses a name that is taken', async () => {
    const auth = await start();
    const [command] = accountCommands(auth.accounts);
    const io = { file: undefined, signal: AbortSignal.timeout(5000), progress: () => undefined };
    const result = await command?.run({ username: 'jia_mu' }, io);
    const { account } = await signIn(auth, 'jia_mu', String(result?.generatedPassword));
    expect(account.roles).toContain('admin');
    expect(command?.describe?.(result ?? {}).join('\n')).toContain(String(result?.generatedPassword));
    await expect(command?.run({ username: 'JIA_MU', password }, io)).rejects.toThrow(/username-taken/);
    expect(await command?.run({ username: 'wang_furen', password }, io)).not.toHaveProperty(
      'generatedPassword',
    );
  });

  it('a refusal is a value with public text in both languages', async () => {
    const auth = await start();
    const result = await auth.accounts.create({ username: 'x', password }, { kind: 'system' });
    expect(result).toMatchObject({ created: false, reason: 'username-invalid' });
    if (result.created) throw new Error('it was created');
    expect(result.detail.en).toContain('3 to 30');
    expect(result.detail['zh-CN']).toContain('3 到 30');
  });
});

it('a generated password always passes the rules of passwords', () => {
  for (let n = 0; n < 2000; n += 1) {
    const generated = generatePassword();
    expect(generated).toMatch(/^[a-km-zA-HJ-NP-Z2-9]{20}$/);
    expect(generated).toMatch(/\d/);
    expect(generated).toMatch(/[A-Za-z]/);
  }
});
