import { beforeAll, expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { type Auth, codeOf, metricOf, password, startAuth } from './auth-harness.js';

const minuteMs = 60_000;
const staff = { kind: 'user', userId: '01956e2f-5c00-7000-8000-000000000001' } as const;

/** Everybody has a name and an address of their own, so the tests share a database. */
describeEachEngine('failed sign-ins', (open) => {
  const clock = new FakeClock();
  let db: Database;
  let auth: Auth;
  let people = 0;
  beforeAll(async () => {
    db = await open({ migrations: authMigrations, clock });
    auth = await startAuth(db, clock);
  });

  const someone = async () => {
    people += 1;
    const account = await auth.accounts.register({ username: `reader_${people}`, password });
    return { id: account.id, name: account.username, address: `198.51.100.${people}` };
  };
  type Someone = Pick<Awaited<ReturnType<typeof someone>>, 'name' | 'address'>;
  const login = ({ name, address }: Someone, typed = password, on = auth) =>
    codeOf(on.signIn.login({ login: name, password: typed, address }));
  const passed = 'nothing was raised';
  const fail = async (who: Someone, times: number) => {
    for (let n = 0; n < times; n += 1) expect(await login(who, 'wrong-1234')).toBe('invalid-credentials');
  };
  const sessionsOf = async (userId: string) =>
    (await tables<AuthTables>(db).selectFrom('sessions').select('id').where('user_id', '=', userId).execute())
      .length;

  it('the fifth locks the account, whatever the password, until the very end of 15 minutes', async () => {
    const who = await someone();
    await fail(who, 5);
    const until = new Date(clock.now().getTime() + 15 * minuteMs);
    clock.advance(15 * minuteMs - 1500);
    const refused = await auth.signIn.login({ login: who.name, password, ...who }).catch((error) => error);
    expect(refused).toMatchObject({
      code: 'login-locked',
      definition: { status: 429 },
      options: { retryAfterSeconds: 2, extensions: { retryAt: until.toISOString() } },
    });
    clock.advance(1499);
    expect(await login(who)).toBe('login-locked');
    clock.advance(1);
    expect(await login(who)).toBe(passed);
  });

  it('one that is as old as the window does not count, one that is a millisecond younger does', async () => {
    const [early, late] = [await someone(), await someone()];
    await fail(early, 1);
    clock.advance(1);
    await fail(late, 1);
    clock.advance(15 * minuteMs - 1);
    await fail(early, 4);
    await fail(late, 4);
    expect(await login(early)).toBe(passed);
    expect(await login(late)).toBe('login-locked');
  });

  it('each further lock is twice as long, to a day at most, and a day of peace forgets them', async () => {
    const who = await someone();
    const lengthOfNext = async () => {
      await fail(who, 5);
      const refused = await auth.signIn.login({ login: who.name, password, ...who }).catch((error) => error);
      const seconds = refused.options.retryAfterSeconds;
      clock.advance(seconds * 1000);
      return seconds / 60;
    };
    const minutes: number[] = [];
    for (let n = 0; n < 9; n += 1) minutes.push(await lengthOfNext());
    expect(minutes).toEqual([15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
    clock.advance(24 * 60 * minuteMs - 1);
    expect(await lengthOfNext()).toBe(1440);
    clock.advance(24 * 60 * minuteMs);
    expect(await lengthOfNext()).toBe(15);
  });

  it('what is refused by a lock, a ban or a full queue of hashes counts for nothing', async () => {
    const who = await someone();
    const status = (values: { status: string }) =>
      tables<AuthTables>(db).updateTable('users').set(values).where('id', '=', who.id).execute();
    await status({ status: 'banned' });
    for (let n = 0; n < 6; n += 1) expect(await login(who)).toBe('account-banned');
    await status({ status: 'active' });
    const busy = await startAuth(db, clock);
    busy.hasher.verify = async () => {
      throw new AppError({ ...codeless, code: 'password-hashing-busy', status: 503 });
    };
    for (let n = 0; n < 6; n += 1) expect(await login(who, 'wrong-1234', busy)).toBe('password-hashing-busy');
    await fail(who, 5);
    for (let n = 0; n < 20; n += 1) expect(await login(who, 'wrong-1234')).toBe('login-locked');
    // Neither for the lock, nor for the address, which has seen five failures.
    clock.advance(15 * minuteMs);
    await fail(who, 4);
    expect(await login(who)).toBe(passed);
  });

  it("a success forgets the account's, not the address's", async () => {
    const [who, others] = [await someone(), { name: 'nobody_there', address: '192.0.2.1' }];
    for (let n = 0; n < 4; n += 1) {
      await fail({ ...who, address: others.address }, 4);
      expect(await login({ ...who, address: others.address })).toBe(passed);
    }
    await fail(others, 4);
    expect(await login({ ...who, address: others.address })).toBe('login-locked');
    expect(await login(who)).toBe(passed);
  });

  it('many addresses guess at one account no more often than one does', async () => {
    const who = await someone();
    for (let n = 1; n <= 5; n += 1) await fail({ name: who.name, address: `203.0.113.${n}` }, 1);
    expect(await login({ name: who.name, address: '203.0.113.200' })).toBe('login-locked');
  });

  it('its username and its e-mail address count for one account', async () => {
    const who = await someone();
    const email = `${who.name}@example.com`;
    await tables<AuthTables>(db)
      .updateTable('users')
      .set({ email, email_key: email })
      .where('id', '=', who.id)
      .execute();
    await fail({ ...who, name: who.name.toUpperCase() }, 3);
    await fail({ ...who, name: email }, 2);
    expect(await login(who)).toBe('login-locked');
  });

  it('an address, in IPv6 its /64, guesses at 20 accounts and is locked for all; its neighbour is not', async () => {
    const who = await someone();
    for (let n = 0; n < 20; n += 1)
      await fail({ name: `nobody_${n}`, address: `2001:db8:1:2::${n.toString(16)}` }, 1);
    expect(await login({ name: who.name, address: '2001:db8:1:2:ffff::1' })).toBe('login-locked');
    expect(await login({ name: who.name, address: '2001:db8:1:3::1' })).toBe(passed);
  });

  it('100 guesses at once over two instances: five were looked at', async () => {
    const who = await someone();
    const other = await startAuth(db, clock);
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        login({ name: who.name, address: `10.0.${n}.1` }, `wrong-${n}`, n % 2 ? auth : other),
      ),
    );
    expect(codes.filter((code) => code === 'invalid-credentials')).toHaveLength(5);
    expect(codes.filter((code) => code === 'login-locked')).toHaveLength(95);
    expect(await login(who)).toBe('login-locked');
  });

  it('a right guess that comes too late is refused like a wrong one, and opens nothing', async () => {
    const who = await someone();
    await fail(who, 4);
    const late = await startAuth(db, clock);
    late.hasher.afterVerify = () => fail({ ...who, address: '10.1.1.1' }, 1);
    expect(await login(who, password, late)).toBe('login-locked');
    expect(await sessionsOf(who.id)).toBe(0);
  });

  it('a lock that comes between the last look and the session still refuses it', async () => {
    const who = await someone();
    await fail(who, 4);
    const late = await startAuth(db, clock, {
      signInFactor: {
        check: async () => {
          await fail({ ...who, address: '10.1.1.2' }, 1);
          return { passed: true, spend: async () => undefined };
        },
      },
    });
    expect(await login(who, password, late)).toBe('login-locked');
    expect(await sessionsOf(who.id)).toBe(0);
  });

  it('50 honest sign-ins at once all pass, also after four failures', async () => {
    const who = await someone();
    await fail(who, 4);
    const codes = await Promise.all(Array.from({ length: 50 }, () => login(who)));
    expect(new Set(codes)).toEqual(new Set([passed]));
    await fail(who, 4);
    expect(await login(who)).toBe(passed);
  });

  it('a wrong second factor counts, a missing one does not, and a spent one opens nothing', async () => {
    const who = await someone();
    const refusal = (code: string) => new AppError({ ...codeless, code, status: 401 });
    const withFactor = await startAuth(db, clock, {
      signInFactor: {
        check: async (_userId, code) => {
          if (code === 'right') return { passed: true, spend: async () => undefined };
          if (code === 'spent') return { passed: true, spend: async () => refusal('totp-invalid') };
          if (code === undefined) return { passed: false, refusal: refusal('totp-required'), counts: false };
          return { passed: false, refusal: refusal('totp-invalid'), counts: true };
        },
      },
    });
    const enter = (totp?: string) =>
      codeOf(withFactor.signIn.login({ login: who.name, password, address: who.address, totp }));
    for (let n = 0; n < 6; n += 1) expect(await enter()).toBe('totp-required');
    for (let n = 0; n < 4; n += 1) expect(await enter('wrong')).toBe('totp-invalid');
    expect(await enter('spent')).toBe('totp-invalid');
    expect(await sessionsOf(who.id)).toBe(0);
    // What was undone did not forget the four failures either.
    expect(await enter('wrong')).toBe('totp-invalid');
    expect(await enter('right')).toBe('login-locked');
  });

  it('a lock is told: one event, one count, one line, that name neither the login nor the address', async () => {
    const who = await someone();
    const told = await startAuth(db, clock);
    const guess = (name: string, address: string) => login({ name, address }, 'wrong-1234', told);
    const lockedUntil = new Date(clock.now().getTime() + 15 * minuteMs).toISOString();
    await Promise.all(Array.from({ length: 8 }, () => guess(who.name, who.address)));
    await Promise.all(Array.from({ length: 8 }, () => guess('nobody_at_all', '10.9.9.9')));
    const event = { scope: 'account', lockedUntil, level: 1 };
    expect(told.events.committed.map(({ type, payload }) => [type, payload])).toEqual([
      ['auth.login-locked', { ...event, userId: who.id }],
      ['auth.login-locked', { ...event, userId: null }],
    ]);
    expect(await metricOf(told.metrics, 'user_login_locks_total')).toEqual({ account: 2 });
    expect(await metricOf(told.metrics, 'user_logins_total')).toEqual({
      'invalid-credentials': 10,
      'login-locked': 6,
    });
    const log = told.lines.join('');
    expect(told.lines).toHaveLength(2);
    expect(log).toContain(who.id);
    for (const secret of ['nobody_at_all', '10.9.9.9', who.name, who.address, 'wrong-1234'])
      expect(log).not.toContain(secret);
  });

  it('the staff unlock an account with a record of it; the lock of an address stays', async () => {
    const who = await someone();
    await fail(who, 5);
    const spray = { name: 'nobody_here', address: '192.0.2.77' };
    for (let n = 0; n < 20; n += 1) await fail({ ...spray, name: `nobody_here_${n}` }, 1);
    const unlock = () => auth.guard.unlock(who.id, staff, '已核对身份');
    const lockedUntil = new Date(clock.now().getTime() + 15 * minuteMs).toISOString();
    expect(await unlock()).toEqual({ unlocked: true });
    expect(auth.audit.entries.at(-1)).toMatchObject({
      action: 'auth.login-unlocked',
      actor: staff,
      target: { type: 'user', id: who.id },
      before: { lockedUntil },
      after: { lockedUntil: null },
      reason: '已核对身份',
    });
    expect(await login(who)).toBe(passed);
    expect(await login({ ...who, address: spray.address })).toBe('login-locked');
    expect(await unlock()).toEqual({ unlocked: false });
    expect(await codeOf(auth.guard.unlock(staff.userId, staff, 'nobody'))).toBe('user-not-found');
  });

  it('the cleanup removes what says nothing any more, and no lock that is remembered', async () => {
    const [locked, failed] = [await someone(), await someone()];
    clock.advance(30 * 24 * 60 * minuteMs);
    const signal = AbortSignal.timeout(10_000);
    await auth.guard.removeExpired(signal);
    await fail(locked, 5);
    await fail({ ...failed, address: locked.address }, 1);
    clock.advance(15 * minuteMs - 1);
    expect(await auth.guard.removeExpired(signal)).toBe(0);
    clock.advance(1);
    expect(await auth.guard.removeExpired(signal)).toBe(2);
    clock.advance(24 * 60 * minuteMs);
    expect(await auth.guard.removeExpired(signal)).toBe(1);
  });
});

const text = { en: 'refused', 'zh-CN': '拒绝' };
const codeless = { title: text, detail: text };
