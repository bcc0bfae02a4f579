import { beforeAll, describe, expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { AuthenticatorApp } from '../../../testing/authenticator-app.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { newKey, secretsWith } from '../../../testing/secrets.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { totpSeedSecrets } from '../second-factor/second-factor.secrets.js';
import { type Auth, claimant, codeOf, configOf, password, startAuth } from './auth-harness.js';
import { callerAs, newPerson, newPersonWithTotp, signIn } from './second-factor-harness.js';

const minuteMs = 60_000;

describeEachEngine('the second factor', (open) => {
  const clock = new FakeClock();
  const oldKey = newKey();
  let db: Database;
  let auth: Auth;

  /** Sign-ins lock no account here: the bound of the second factor itself is what is looked at. */
  const patient = { ...configOf().login, failuresMax: 100, addressFailuresMax: 10_000 };

  beforeAll(async () => {
    db = await open({ migrations: authMigrations, clock });
    auth = await startAuth(db, clock, { login: patient, secrets: await secretsWith(oldKey) });
  });

  const eventsOf = (userId: string) =>
    auth.events.committed.filter(({ aggregate }) => aggregate === `user ${userId}`).map(({ type }) => type);

  describe('setting it up', () => {
    it('counts from enabling on, not before, and another instance knows at its next sign-in', async () => {
      const person = await newPerson(auth);
      const { secret, uri, expiresAt } = await auth.secondFactor.setUp(callerAs(person, 'off'), password);
      expect(uri).toContain(`secret=${secret}`);
      expect(expiresAt).toEqual(new Date(clock.now().getTime() + 10 * minuteMs));
      expect((await signIn(auth, person.username)).account.id).toBe(person.userId);
      const app = new AuthenticatorApp(secret, clock);
      const codes = await auth.secondFactor.enable(person.userId, app.code());
      expect(new Set(codes).size).toBe(10);
      const other = await startAuth(db, clock, { login: patient, secrets: await secretsWith(oldKey) });
      expect(await codeOf(signIn(other, person.username))).toBe('totp-required');
      expect(await auth.secondFactor.status(person.userId)).toEqual({ enabled: true, recoveryCodesLeft: 10 });
      expect(eventsOf(person.userId)).toContain('auth.totp-enabled');
    });

    it('needs the password; wrong ones are bounded, and the right one does not help until the window is over', async () => {
      const person = await newPerson(auth);
      const setUp = (typed?: string) => codeOf(auth.secondFactor.setUp(callerAs(person, 'off'), typed));
      expect(await setUp()).toBe('password-wrong');
      for (let n = 0; n < 4; n += 1) expect(await setUp('wrong-1234')).toBe('password-wrong');
      expect(await setUp(password)).toBe('confirmation-locked');
      clock.advance(15 * minuteMs - 1);
      expect(await setUp(password)).toBe('confirmation-locked');
      clock.advance(1);
      expect(await setUp(password)).toBe('nothing was raised');
    });

    it('waits ten minutes and not a moment longer', async () => {
      const person = await newPerson(auth);
      const begin = async () =>
        new AuthenticatorApp(
          (await auth.secondFactor.setUp(callerAs(person, 'off'), password)).secret,
          clock,
        );
      const late = await begin();
      clock.advance(10 * minuteMs);
      expect(await codeOf(auth.secondFactor.enable(person.userId, late.code()))).toBe('totp-setup-missing');
      const inTime = await begin();
      clock.advance(10 * minuteMs - 1);
      expect(await auth.secondFactor.enable(person.userId, inTime.code())).toHaveLength(10);
    });

    it('again makes the secret from before worthless', async () => {
      const person = await newPerson(auth);
      const caller = callerAs(person, 'off');
      const first = new AuthenticatorApp((await auth.secondFactor.setUp(caller, password)).secret, clock);
      await auth.secondFactor.setUp(caller, password);
      expect(await codeOf(auth.secondFactor.enable(person.userId, first.code()))).toBe('totp-wrong');
    });

    it('enabled four times at once is enabled once, with one set of recovery codes', async () => {
      const person = await newPerson(auth);
      const { secret } = await auth.secondFactor.setUp(callerAs(person, 'off'), password);
      const app = new AuthenticatorApp(secret, clock);
      const tries = await Promise.allSettled(
        Array.from({ length: 4 }, () => auth.secondFactor.enable(person.userId, app.code())),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await auth.secondFactor.status(person.userId)).toEqual({ enabled: true, recoveryCodesLeft: 10 });
    });

    it('on a new phone needs a fresh step-up, not the password, and leaves the old one on until then', async () => {
      const person = await newPersonWithTotp(auth, clock);
      expect(await codeOf(auth.secondFactor.setUp(callerAs(person, 'stale'), password))).toBe(
        'step-up-required',
      );
      const pending = await auth.secondFactor.setUp(callerAs(person, 'fresh'), undefined);
      expect((await signIn(auth, person.username, person.app.code())).account.id).toBe(person.userId);
      const next = new AuthenticatorApp(pending.secret, clock);
      await auth.secondFactor.enable(person.userId, next.code());
      clock.advance(30_000);
      expect(await codeOf(signIn(auth, person.username, person.app.code()))).toBe('totp-invalid');
      expect((await signIn(auth, person.username, next.code())).account.id).toBe(person.userId);
    });
  });

  describe('at sign-in', () => {
    it('is asked for only after the right password', async () => {
      const { username } = await newPersonWithTotp(auth, clock);
      expect(await codeOf(signIn(auth, username, undefined, 'wrong-1234'))).toBe('invalid-credentials');
      expect(await codeOf(signIn(auth, username))).toBe('totp-required');
    });

    it('a code works once: again in its step, from an older step, and after a restart it does not', async () => {
      const { username, app } = await newPersonWithTotp(auth, clock);
      const [before, code] = [app.code(-1), app.code()];
      await signIn(auth, username, code);
      expect(await codeOf(signIn(auth, username, code))).toBe('totp-invalid');
      expect(await codeOf(signIn(auth, username, before))).toBe('totp-invalid');
      const restarted = await startAuth(db, clock, { login: patient, secrets: await secretsWith(oldKey) });
      expect(await codeOf(signIn(restarted, username, code))).toBe('totp-invalid');
      clock.advance(30_000);
      expect((await signIn(auth, username, app.code())).account.username).toBe(username);
    });

    it('of five sign-ins at once with one code one opens a session', async () => {
      const { userId, username, app } = await newPersonWithTotp(auth, clock);
      const before = (await auth.sessions.list(userId, 100, undefined)).length;
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () => codeOf(signIn(auth, username, app.code()))),
      );
      expect(outcomes.filter((code) => code === 'nothing was raised')).toHaveLength(1);
      expect(await auth.sessions.list(userId, 100, undefined)).toHaveLength(before + 1);
    });

    it('wrong codes are bounded, also at once, and the right one waits until the window is over', async () => {
      const { username, app } = await newPersonWithTotp(auth, clock);
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, () => codeOf(signIn(auth, username, app.wrongCode()))),
      );
      expect(outcomes.filter((code) => code === 'totp-invalid')).toHaveLength(5);
      expect(outcomes.filter((code) => code === 'confirmation-locked')).toHaveLength(7);
      await expect(signIn(auth, username, app.code())).rejects.toMatchObject({
        code: 'confirmation-locked',
        options: { retryAfterSeconds: 900 },
      });
      clock.advance(15 * minuteMs);
      expect((await signIn(auth, username, app.code())).account.username).toBe(username);
    });

    it('a right password in between buys no further codes', async () => {
      const person = await newPersonWithTotp(auth, clock);
      const guess = () => codeOf(signIn(auth, person.username, person.app.wrongCode()));
      for (let n = 0; n < 4; n += 1) expect(await guess()).toBe('totp-invalid');
      expect(await codeOf(signIn(auth, person.username))).toBe('totp-required');
      await auth.passwords.change(person, password, 'zang-hua-yin-28');
      await auth.passwords.change(person, 'zang-hua-yin-28', password);
      expect(await guess()).toBe('totp-invalid');
      expect(await guess()).toBe('confirmation-locked');
    });

    it.each(['', ' ', '12345', '１２３４５６', "' or 1=1 --", 'a\u0000b', '\ud800', 'A'.repeat(32)])(
      '%j is a wrong code, never a fault',
      async (typed) => {
        const { username } = await newPersonWithTotp(auth, clock);
        expect(await codeOf(signIn(auth, username, typed))).toBe('totp-invalid');
      },
    );

    it('a code of somebody else is a wrong one', async () => {
      const mine = await newPersonWithTotp(auth, clock);
      const theirs = await newPersonWithTotp(auth, clock);
      expect(await codeOf(signIn(auth, mine.username, theirs.recoveryCodes[0]))).toBe('totp-invalid');
    });

    it('a recovery code stands in once, however many try at once, and its owner is told', async () => {
      const { userId, username, recoveryCodes } = await newPersonWithTotp(auth, clock);
      const [code = '', next = ''] = recoveryCodes;
      const outcomes = await Promise.all(
        [code, code.toLowerCase(), code.replaceAll('-', ' ')].map((typed) =>
          codeOf(signIn(auth, username, typed)),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'nothing was raised')).toHaveLength(1);
      expect(await codeOf(signIn(auth, username, code))).toBe('totp-invalid');
      expect(eventsOf(userId).filter((type) => type === 'auth.recovery-code-used')).toHaveLength(1);
      await signIn(auth, username, next);
      expect((await auth.secondFactor.status(userId)).recoveryCodesLeft).toBe(8);
    });

    it('a sign-in that opens no session spends no code', async () => {
      const { userId, username, app } = await newPersonWithTotp(auth, clock);
      const setStatus = (status: string) =>
        tables<AuthTables>(db).updateTable('users').set({ status }).where('id', '=', userId).execute();
      await setStatus('banned');
      expect(await codeOf(signIn(auth, username, app.code()))).toBe('account-banned');
      await setStatus('active');
      expect((await signIn(auth, username, app.code())).account.username).toBe(username);
    });

    it('enabled between the password and the session, it is asked for', async () => {
      const person = await newPerson(auth);
      const { secret } = await auth.secondFactor.setUp(callerAs(person, 'off'), password);
      const { check } = auth.factor;
      auth.factor.check = async (...asked) => {
        auth.factor.check = check;
        const seen = await check.call(auth.factor, ...asked);
        await auth.secondFactor.enable(person.userId, new AuthenticatorApp(secret, clock).code());
        return seen;
      };
      expect(await codeOf(signIn(auth, person.username))).toBe('totp-invalid');
    });
  });

  describe('giving it up', () => {
    it('needs the password and a code, and both are looked at', async () => {
      const { userId, app } = await newPersonWithTotp(auth, clock);
      const disable = (typed: string, code: string) =>
        codeOf(auth.secondFactor.disable(claimant(userId), typed, code));
      expect(await disable('wrong-1234', app.code())).toBe('password-wrong');
      expect(await disable(password, app.wrongCode())).toBe('totp-wrong');
      expect(await disable(password, app.code())).toBe('nothing was raised');
      expect(await disable(password, app.code(1))).toBe('totp-off');
    });

    it('a recovery code does, for who lost the phone; then nothing of the factor is left', async () => {
      const { userId, username, recoveryCodes, sessionId } = await newPersonWithTotp(auth, clock);
      await auth.secondFactor.disable(claimant(userId), password, recoveryCodes[3] ?? '');
      expect(await auth.secondFactor.status(userId)).toEqual({ enabled: false, recoveryCodesLeft: 0 });
      expect((await signIn(auth, username)).account.id).toBe(userId);
      expect(eventsOf(userId)).toContain('auth.totp-disabled');
      const anew = await auth.secondFactor.setUp(
        { userId, sessionId, roles: [], permissions: [], secondFactor: 'off' },
        password,
      );
      await auth.secondFactor.enable(userId, new AuthenticatorApp(anew.secret, clock).code());
      expect(await codeOf(signIn(auth, username, recoveryCodes[4]))).toBe('totp-invalid');
    });

    it('a new set of recovery codes makes those from before void', async () => {
      const { userId, username, recoveryCodes } = await newPersonWithTotp(auth, clock);
      const [fresh = ''] = await auth.secondFactor.renewRecoveryCodes(userId);
      expect(await codeOf(signIn(auth, username, recoveryCodes[0]))).toBe('totp-invalid');
      expect((await signIn(auth, username, fresh)).account.id).toBe(userId);
      const without = await newPerson(auth);
      expect(await codeOf(auth.secondFactor.renewRecoveryCodes(without.userId))).toBe('totp-off');
    });
  });

  describe('step-up', () => {
    const stateOf = async ({ accessToken }: { accessToken: string }, at = auth) =>
      (await at.authenticator.authenticate(accessToken)).secondFactor;

    it('is good for ten minutes in the session that did it, on every instance', async () => {
      const person = await newPersonWithTotp(auth, clock);
      const other = await startAuth(db, clock, { login: patient, secrets: await secretsWith(oldKey) });
      const elsewhere = await signIn(auth, person.username, person.app.code());
      clock.advance(30_000);
      expect(await stateOf(person)).toBe('stale');
      const until = await auth.secondFactor.stepUp(person, person.app.code());
      expect(until).toEqual(new Date(clock.now().getTime() + 10 * minuteMs));
      expect([await stateOf(person), await stateOf(person, other), await stateOf(elsewhere)]).toEqual([
        'fresh',
        'fresh',
        'stale',
      ]);
      clock.advance(10 * minuteMs - 1);
      expect(await stateOf(person)).toBe('fresh');
      clock.advance(1);
      expect(await stateOf(person)).toBe('stale');
    });

    it('takes a code once, and no recovery code', async () => {
      const person = await newPersonWithTotp(auth, clock);
      const code = person.app.code();
      const outcomes = await Promise.all(
        [code, code, code].map((typed) => codeOf(auth.secondFactor.stepUp(person, typed))),
      );
      expect(outcomes.sort()).toEqual(['nothing was raised', 'totp-wrong', 'totp-wrong']);
      expect(await codeOf(auth.secondFactor.stepUp(person, person.recoveryCodes[0] ?? ''))).toBe(
        'totp-wrong',
      );
      expect((await auth.secondFactor.status(person.userId)).recoveryCodesLeft).toBe(10);
    });

    it('in a session that ended meanwhile is refused and leaves the code unspent', async () => {
      const person = await newPersonWithTotp(auth, clock);
      const code = person.app.code();
      await auth.sessions.end(person.userId, person.sessionId);
      expect(await codeOf(auth.secondFactor.stepUp(person, code))).toBe('session-revoked');
      expect((await signIn(auth, person.username, code)).account.id).toBe(person.userId);
    });

    it('without a second factor is refused, and is over when the factor is given up', async () => {
      const without = await newPerson(auth);
      expect(await codeOf(auth.secondFactor.stepUp(without, '123456'))).toBe('totp-off');
      const person = await newPersonWithTotp(auth, clock);
      await auth.secondFactor.stepUp(person, person.app.code());
      await auth.secondFactor.disable(claimant(person.userId), password, person.recoveryCodes[0] ?? '');
      expect(await stateOf(person)).toBe('off');
      const { secret } = await auth.secondFactor.setUp(callerAs(person, 'off'), password);
      await auth.secondFactor.enable(person.userId, new AuthenticatorApp(secret, clock).code());
      expect(await stateOf(person)).toBe('stale');
    });

    it('compulsory for admins: who has none is told so, and others are not', async () => {
      const strict = await startAuth(db, clock, {
        login: patient,
        secrets: await secretsWith(oldKey),
        requireAdminTotp: true,
        secondFactor: configOf().secondFactor,
      });
      const person = await newPerson(strict);
      expect(await stateOf(person, strict)).toBe('off');
      await db.withTransaction({ name: 'promote' }, (tx) =>
        strict.accounts.grantRole(tx, person.userId, 'admin'),
      );
      expect(await stateOf(person, strict)).toBe('missing');
      const { secret } = await strict.secondFactor.setUp(callerAs(person, 'missing'), password);
      await strict.secondFactor.enable(person.userId, new AuthenticatorApp(secret, clock).code());
      expect(await stateOf(person, strict)).toBe('stale');
    });
  });

  describe('its seeds', () => {
    it('are resealed by a rotation of the key in batches, and go on to work', async () => {
      const person = await newPersonWithTotp(auth, clock);
      const currentKey = newKey();
      const rotated = await secretsWith(currentKey, [oldKey]);
      const currentKeyId = rotated.currentKeyId as string;
      let total = 0;
      for (let after: string | undefined; ; ) {
        const { resealed, last } = await db.withTransaction({ name: 'reseal' }, (tx) =>
          totpSeedSecrets.resealBatch(tx, {
            ...{ after, limit: 3, currentKeyId },
            reseal: (sealed, about) => rotated.seal(rotated.open(sealed, about), about),
          }),
        );
        total += resealed;
        after = last;
        if (last === undefined) break;
      }
      expect(await totpSeedSecrets.keysInUse(db)).toEqual([{ keyId: currentKeyId, secrets: total }]);
      expect(total).toBeGreaterThan(3);
      const after = await startAuth(db, clock, {
        login: patient,
        secrets: await secretsWith(currentKey, [oldKey]),
      });
      expect((await signIn(after, person.username, person.app.code())).account.id).toBe(person.userId);
    });

    it('that do not open any more leave their users the recovery codes', async () => {
      const person = await newPersonWithTotp(
        await startAuth(db, clock, { login: patient, secrets: await secretsWith(newKey(), [oldKey]) }),
        clock,
      );
      const [code = ''] = person.recoveryCodes;
      await expect(signIn(auth, person.username, person.app.code())).rejects.toThrow(
        'is encrypted with the key',
      );
      expect((await signIn(auth, person.username, code)).account.id).toBe(person.userId);
    });
  });
});
