import { beforeAll, expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { noPassword } from '../password/password-hasher.js';
import { phoneHolder } from '../phone/phone.personal-data.js';
import type { CodePurpose } from '../phone/session-code.js';
import { type Auth, codeOf, password, startAuth } from './auth-harness.js';

const minuteMs = 60_000;
const passed = 'nothing was raised';

/** Every phone is used by one test, so the tests share a database. */
describeEachEngine('a phone', (open) => {
  const clock = new FakeClock();
  let db: Database;
  let auth: Auth;
  let numbers = 0;
  beforeAll(async () => {
    db = await open({ migrations: authMigrations, clock });
    auth = await startAuth(db, clock);
  });

  const newPhone = () => {
    numbers += 1;
    return `138${String(numbers).padStart(8, '0')}`;
  };
  const addressOf = (phone: string) => `10.${Number(phone.slice(-4, -2))}.${Number(phone.slice(-2))}.1`;
  const ask = (phone: string, purpose: CodePurpose = 'sign-in', address = addressOf(phone)) =>
    auth.phone.phones.sendCode({ phone, purpose, locale: 'zh-CN', address });
  /** Asks for a code and reads it from the phone. */
  const codeFor = async (phone: string, purpose: CodePurpose = 'sign-in') => {
    await ask(phone, purpose);
    return auth.codeSender.sent.at(-1)?.code ?? '';
  };
  const enter = (phone: string, code: string, on = auth) =>
    on.phone.phoneSignIn.login({ phone, code, locale: 'zh-CN', address: addressOf(phone) });
  const wrongOf = (code: string) => (code === '000000' ? '000001' : '000000');
  const usersWith = (phone: string) =>
    tables<AuthTables & { user_phones: { phone: string; user_id: string } }>(db)
      .selectFrom('user_phones')
      .innerJoin('users', 'users.id', 'user_phones.user_id')
      .select(['users.id', 'users.password_hash as hash', 'users.locale'])
      .where('phone', '=', `+86${phone}`)
      .execute();

  it('that nobody has opens an account: a reader, no password, and it is the same account the next time', async () => {
    const phone = newPhone();
    const first = await enter(phone, await codeFor(phone));
    expect(first.account).toMatchObject({ roles: ['reader'], email: undefined, status: 'active' });
    expect(await usersWith(phone)).toEqual([{ id: first.account.id, hash: noPassword, locale: 'zh-CN' }]);
    clock.advance(minuteMs);
    const second = await enter(`+86 ${phone}`, await codeFor(phone));
    expect(second.account.id).toBe(first.account.id);
    expect(auth.codeSender.sent.at(-1)).toMatchObject({
      phone: `+86${phone}`,
      purpose: 'sign-in',
      locale: 'zh-CN',
    });
    for (const typed of [noPassword, '', 'nobody has this password']) {
      const login = { login: first.account.username, password: typed, address: undefined };
      expect(await codeOf(auth.signIn.login(login))).toBe('invalid-credentials');
    }
  });

  it('gets a code a minute and five an hour, over all purposes', async () => {
    const phone = newPhone();
    await ask(phone);
    clock.advance(minuteMs - 1);
    const refused = await ask(phone, 'bind').catch((error) => error);
    expect(refused).toMatchObject({
      code: 'phone-code-limited',
      options: {
        retryAfterSeconds: 1,
        extensions: { retryAt: new Date(clock.now().getTime() + 1).toISOString() },
      },
    });
    clock.advance(1);
    for (let n = 0; n < 4; n += 1) {
      await ask(phone, n % 2 ? 'bind' : 'sign-in');
      clock.advance(minuteMs);
    }
    expect(await codeOf(ask(phone))).toBe('phone-code-limited');
    clock.advance(55 * minuteMs - 1);
    expect(await codeOf(ask(phone))).toBe('phone-code-limited');
    clock.advance(1);
    expect(await codeOf(ask(phone))).toBe(passed);
  });

  it('is asked for by an address 20 times an hour, and 10 times at once for one phone send one code', async () => {
    const address = '2001:db8:9:9::1';
    for (let n = 0; n < 19; n += 1) await ask(newPhone(), 'sign-in', address);
    const phone = newPhone();
    const before = auth.codeSender.sent.length;
    const codes = await Promise.all(
      Array.from({ length: 10 }, (_, n) => codeOf(ask(phone, 'sign-in', `2001:db8:9:9::${n + 2}`))),
    );
    expect(codes.filter((code) => code === passed)).toHaveLength(1);
    expect(auth.codeSender.sent.length - before).toBe(1);
    expect(await codeOf(ask(newPhone(), 'sign-in', address))).toBe('phone-code-limited');
    expect(await codeOf(ask(newPhone(), 'sign-in', '2001:db8:9:10::1'))).toBe(passed);
  });

  it('a code is good for five minutes, not a millisecond more', async () => {
    const [early, late] = [newPhone(), newPhone()];
    const [first, second] = [await codeFor(early), await codeFor(late)];
    clock.advance(5 * minuteMs - 1);
    expect(await codeOf(enter(early, first))).toBe(passed);
    clock.advance(1);
    expect(await codeOf(enter(late, second))).toBe('phone-code-invalid');
  });

  it('a code is void after five wrong tries, also when they come at once, and the phone is locked like a login', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    const wrong = wrongOf(code);
    const patient = await startAuth(db, clock, { login: { ...auth.config.login, failuresMax: 100 } });
    const guess = () => codeOf(enter(phone, wrong, patient));
    expect(await Promise.all(Array.from({ length: 4 }, guess))).toEqual(Array(4).fill('phone-code-invalid'));
    expect(await patient.phone.codes.try(`+86${phone}`, 'sign-in', code)).toBe(true);
    await guess();
    expect(await codeOf(enter(phone, code, patient))).toBe('phone-code-invalid');
    for (let n = 0; n < 5; n += 1) await codeOf(enter(phone, wrong));
    expect(await codeOf(enter(phone, wrong))).toBe('login-locked');
    expect(await usersWith(phone)).toEqual([]);
  });

  it('a code works once: of ten at once one signs in, and one account is made', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    const other = await startAuth(db, clock);
    const codes = await Promise.all(
      Array.from({ length: 10 }, (_, n) => codeOf(enter(phone, code, n % 2 ? auth : other))),
    );
    expect(codes.filter((outcome) => outcome === passed)).toHaveLength(1);
    const [user, ...more] = await usersWith(phone);
    expect(more).toEqual([]);
    expect(await auth.sessions.list(user?.id ?? '', 100, undefined)).toHaveLength(1);
  });

  it('a code of another purpose, of another phone, or from before the newest one opens nothing', async () => {
    const [phone, other] = [newPhone(), newPhone()];
    const bind = await codeFor(phone, 'bind');
    const ofOther = await codeFor(other);
    expect(await codeOf(enter(phone, bind))).toBe('phone-code-invalid');
    clock.advance(minuteMs);
    const old = await codeFor(phone);
    clock.advance(minuteMs);
    const newest = await codeFor(phone);
    for (const code of [old, ofOther].filter((code) => code !== newest)) {
      expect(await codeOf(enter(phone, code))).toBe('phone-code-invalid');
    }
    expect(await codeOf(enter(phone, newest))).toBe(passed);
  });

  it('what is refused after the code may come back with it: a second factor is asked for first', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    const text = { en: 'refused', 'zh-CN': '拒绝' };
    const refusal = new AppError({ code: 'totp-required', status: 401, title: text, detail: text });
    const withFactor = await startAuth(db, clock, {
      signInFactor: {
        check: async (_userId, totp) =>
          totp === '123456'
            ? { passed: true, spend: async () => undefined }
            : { passed: false, refusal, counts: false },
      },
    });
    const { phoneSignIn } = withFactor.phone;
    const request = { phone, code, locale: 'en', address: undefined } as const;
    expect(await codeOf(phoneSignIn.login(request))).toBe('totp-required');
    expect(await codeOf(phoneSignIn.login({ ...request, totp: '123456' }))).toBe(passed);
    expect(await codeOf(phoneSignIn.login({ ...request, totp: '123456' }))).toBe('phone-code-invalid');
  });

  it('a banned user learns of the ban only with the code, and it stays good', async () => {
    const phone = newPhone();
    const { account } = await enter(phone, await codeFor(phone));
    const setStatus = (status: string) =>
      tables<AuthTables>(db).updateTable('users').set({ status }).where('id', '=', account.id).execute();
    await setStatus('banned');
    clock.advance(minuteMs);
    const code = await codeFor(phone);
    expect(await codeOf(enter(phone, wrongOf(code)))).toBe('phone-code-invalid');
    expect(await codeOf(enter(phone, code))).toBe('account-banned');
    await setStatus('closed');
    expect(await codeOf(enter(phone, code))).toBe('phone-code-invalid');
    await setStatus('active');
    expect(await codeOf(enter(phone, code))).toBe(passed);
  });

  it('is bound and unbound with codes of their own, each once; who has no password keeps it', async () => {
    const { phones } = auth.phone;
    const phone = newPhone();
    const { id: userId } = await auth.accounts.register({ username: 'binds_phone', password });
    const code = await codeFor(phone, 'bind');
    expect(await codeOf(phones.bind(userId, phone, wrongOf(code)))).toBe('phone-code-wrong');
    expect(await phones.bind(userId, phone, code)).toBe(`+86${phone}`);
    expect(await phones.bind(userId, phone, code)).toBe(`+86${phone}`);
    const another = newPhone();
    expect(await codeOf(phones.bind(userId, another, await codeFor(another, 'bind')))).toBe(
      'phone-already-bound',
    );
    clock.advance(minuteMs);
    expect((await enter(phone, await codeFor(phone))).account.id).toBe(userId);
    clock.advance(minuteMs);
    const bindAgain = await codeFor(phone, 'bind');
    expect(await codeOf(phones.unbind(userId, bindAgain))).toBe('phone-code-wrong');
    clock.advance(minuteMs);
    await phones.unbind(userId, await codeFor(phone, 'unbind'));
    expect(await phones.phoneOf(userId)).toBeUndefined();
    expect(await codeOf(phones.unbind(userId, '000000'))).toBe('phone-not-bound');

    const only = newPhone();
    const { account } = await enter(only, await codeFor(only));
    clock.advance(minuteMs);
    expect(await codeOf(phones.unbind(account.id, await codeFor(only, 'unbind')))).toBe(
      'phone-is-only-login',
    );
  });

  it('belongs to one account: of two that bind it at once one has it, and the other learns that it is taken', async () => {
    const { phones } = auth.phone;
    const phone = newPhone();
    const users = await Promise.all(
      ['first', 'second'].map((name) => auth.accounts.register({ username: `races_${name}`, password })),
    );
    const code = await codeFor(phone, 'bind');
    const codes = await Promise.all(users.map(({ id }) => codeOf(phones.bind(id, phone, code))));
    expect(codes.sort()).toEqual([passed, 'phone-code-wrong'].sort());
    clock.advance(minuteMs);
    const loser = users[(await phones.phoneOf(users[0]?.id ?? '')) === undefined ? 0 : 1];
    expect(await codeOf(phones.bind(loser?.id ?? '', phone, await codeFor(phone, 'bind')))).toBe(
      'phone-taken',
    );
  });

  it('is in the export of its user, and free for others once the account is closed', async () => {
    const phone = newPhone();
    const { account } = await enter(phone, await codeFor(phone));
    const exported = async () => {
      const items: unknown[] = [];
      for await (const item of phoneHolder.export(db, account.id)) items.push(item);
      return items;
    };
    expect(await exported()).toEqual([{ phone: `+86${phone}`, boundAt: clock.now() }]);
    await db.withTransaction({ name: 'close-account' }, (tx) => phoneHolder.erase(tx, account.id));
    expect(await exported()).toEqual([]);
    clock.advance(minuteMs);
    expect((await enter(phone, await codeFor(phone))).account.id).not.toBe(account.id);
  });

  it('gets no code where nothing sends them, and every route says so', async () => {
    auth.codeSender.isThere = false;
    const phone = newPhone();
    const refusals = await Promise.all([
      codeOf(ask(phone)),
      codeOf(enter(phone, '000000')),
      codeOf(auth.phone.phones.bind('nobody', phone, '000000')),
      codeOf(auth.phone.phones.unbind('nobody', '000000')),
    ]);
    auth.codeSender.isThere = true;
    expect(new Set(refusals)).toEqual(new Set(['phone-codes-unavailable']));
  });

  it('a sender that fails is a 503, and neither codes nor phones stand in the tables', async () => {
    const phone = newPhone();
    auth.codeSender.failure = new Error('the provider is away');
    expect(await codeOf(ask(phone))).toBe('phone-codes-unavailable');
    auth.codeSender.failure = undefined;
    clock.advance(minuteMs);
    const code = await codeFor(phone);
    const rows = await tables<{ phone_codes: object; phone_code_allowances: object }>(db)
      .selectFrom('phone_codes')
      .selectAll()
      .execute();
    const kept = rows.map((row) => Object.values(row).map(String).join()).join('\n');
    for (const secret of [code, phone]) expect(kept).not.toContain(secret);
    clock.advance(60 * minuteMs);
    await auth.phone.codes.removeExpired(AbortSignal.timeout(10_000));
    expect(await tables<{ phone_codes: object }>(db).selectFrom('phone_codes').selectAll().execute()).toEqual(
      [],
    );
  });
});
