import { beforeAll, describe, expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { RoleName } from '../auth.port.js';
import type { AuthTables } from '../auth.tables.js';
import { linkJobs } from '../link/link.jobs.js';
import { type Auth, claimant, codeOf, password, startAuth } from './auth-harness.js';
import { countLinks } from './links.repository.js';
import { Deliveries } from './links-harness.js';
import { callerAs, newPerson, newPersonWithTotp, type Person, signIn } from './second-factor-harness.js';

const next = 'xi-chun-da-guan-9';
const hourMs = 3_600_000;

describeEachEngine('passwords', (open) => {
  const clock = new FakeClock();
  let db: Database;
  let auth: Auth;
  let deliveries: Deliveries;

  beforeAll(async () => {
    db = await open({ migrations: authMigrations, clock });
    auth = await startAuth(db, clock);
    deliveries = new Deliveries(db, clock, auth);
  });

  const eventsOf = (userId: string, type: string) =>
    auth.events.committed.filter((event) => event.aggregate === `user ${userId}` && event.type === type);
  const verified = async (person: Person) => {
    const email = `${person.username}@example.com`;
    await auth.emails.change(claimant(person.userId), email, password);
    await deliveries.deliver();
    await auth.emails.verify(deliveries.tokenTo(email));
    return { ...person, email };
  };
  const resetToken = async ({ username, email }: { username: string; email: string }) => {
    await auth.passwords.forgot(username);
    await deliveries.deliver();
    return deliveries.tokenTo(email);
  };

  describe('a change by who knows the old one', () => {
    it('ends every other session with its reason, keeps this one, and is told', async () => {
      const person = await newPerson(auth);
      const other = await signIn(auth, person.username);
      await auth.passwords.change(person, password, next);
      await expect(auth.authenticator.authenticate(other.accessToken)).rejects.toMatchObject({
        code: 'session-revoked',
        options: { extensions: { reason: 'password-changed' } },
      });
      expect(await codeOf(auth.sessions.refresh(other.refreshToken))).toBe('session-revoked');
      expect((await auth.authenticator.authenticate(person.accessToken)).userId).toBe(person.userId);
      expect(await codeOf(signIn(auth, person.username))).toBe('invalid-credentials');
      expect((await signIn(auth, person.username, undefined, next)).account.id).toBe(person.userId);
      expect(eventsOf(person.userId, 'auth.password-changed')).toMatchObject([
        { payload: { how: 'changed' } },
      ]);
      const { password_changed_at } = await tables<AuthTables>(db)
        .selectFrom('users')
        .select('password_changed_at')
        .where('id', '=', person.userId)
        .executeTakeFirstOrThrow();
      expect(password_changed_at).toEqual(clock.now());
    });

    it.each([
      ['short-1', 'password-length'],
      ['onlyletters', 'password-simple'],
      ['password1', 'password-common'],
    ])('to %s is refused as at registration, and changes nothing', async (weak, code) => {
      const person = await newPerson(auth);
      expect(await codeOf(auth.passwords.change(person, password, weak))).toBe(code);
      expect((await signIn(auth, person.username)).account.id).toBe(person.userId);
    });

    it('of three at once one wins, and the others are told that their old one is none any more', async () => {
      const person = await newPerson(auth);
      const outcomes = await Promise.all(
        ['lotus-pond-1', 'lotus-pond-2', 'lotus-pond-3'].map((wanted) =>
          codeOf(auth.passwords.change(person, password, wanted)),
        ),
      );
      expect(outcomes.sort()).toEqual(['nothing was raised', 'password-wrong', 'password-wrong']);
    });

    it('wrong old ones are bounded and cost no more once they are', async () => {
      const person = await newPerson(auth);
      const guess = () => codeOf(auth.passwords.change(person, 'wrong-1234', next));
      for (let n = 0; n < 5; n += 1) expect(await guess()).toBe('password-wrong');
      const { verifications } = auth.hasher;
      expect(await guess()).toBe('confirmation-locked');
      expect(auth.hasher.verifications).toBe(verifications);
    });

    it('right old ones are never bounded, however often the new one is refused', async () => {
      const person = await newPerson(auth);
      for (let n = 0; n < 6; n += 1) {
        expect(await codeOf(auth.passwords.change(person, password, 'onlyletters'))).toBe('password-simple');
      }
      expect(await codeOf(auth.passwords.change(person, password, next))).toBe('nothing was raised');
    });

    it('that fails at its last step leaves password and sessions as they were', async () => {
      const person = await newPerson(auth);
      const other = await signIn(auth, person.username);
      const { add } = auth.events;
      auth.events.add = async () => {
        auth.events.add = add;
        throw new Error('the outbox does not take it');
      };
      await expect(auth.passwords.change(person, password, next)).rejects.toThrow('the outbox');
      expect((await auth.authenticator.authenticate(other.accessToken)).userId).toBe(person.userId);
      expect((await signIn(auth, person.username)).account.id).toBe(person.userId);
    });
  });

  describe('a forgotten one', () => {
    it('is set by the mailed link, once; all sessions end, and nobody is signed in by it', async () => {
      const person = await verified(await newPerson(auth));
      const token = await resetToken(person);
      await auth.passwords.reset(token, next);
      expect(await codeOf(auth.authenticator.authenticate(person.accessToken))).toBe('session-revoked');
      expect(await auth.sessions.list(person.userId, 10, undefined)).toEqual([]);
      expect((await signIn(auth, person.username, undefined, next)).account.id).toBe(person.userId);
      expect(await codeOf(auth.passwords.reset(token, 'another-1234'))).toBe('link-invalid');
      expect(eventsOf(person.userId, 'auth.password-changed')).toMatchObject([{ payload: { how: 'reset' } }]);
    });

    it('the second factor is asked for afterwards as before', async () => {
      const person = await newPersonWithTotp(auth, clock);
      const token = await resetToken(await verified(person));
      await auth.passwords.reset(token, next);
      expect(await codeOf(signIn(auth, person.username, undefined, next))).toBe('totp-required');
      clock.advance(30_000);
      expect((await signIn(auth, person.username, person.app.code(), next)).account.id).toBe(person.userId);
    });

    it('a link is over after its hour, to the moment', async () => {
      const person = await verified(await newPerson(auth));
      const token = await resetToken(person);
      clock.advance(hourMs);
      expect(await codeOf(auth.passwords.reset(token, next))).toBe('link-invalid');
      const fresh = await resetToken(person);
      clock.advance(hourMs - 1);
      expect(await codeOf(auth.passwords.reset(fresh, next))).toBe('nothing was raised');
    });

    it('of three uses of a link at once one sets the password', async () => {
      const person = await verified(await newPerson(auth));
      const token = await resetToken(person);
      const outcomes = await Promise.all(
        ['lotus-pond-1', 'lotus-pond-2', 'lotus-pond-3'].map((wanted) =>
          codeOf(auth.passwords.reset(token, wanted)),
        ),
      );
      expect(outcomes.sort()).toEqual(['link-invalid', 'link-invalid', 'nothing was raised']);
    });

    it('a weak new one leaves the link good', async () => {
      const person = await verified(await newPerson(auth));
      const token = await resetToken(person);
      expect(await codeOf(auth.passwords.reset(token, person.username))).toMatch(/^password-/);
      expect(await codeOf(auth.passwords.reset(token, next))).toBe('nothing was raised');
    });

    it('a changed password, another link that was used, and another address make links void', async () => {
      const person = await verified(await newPerson(auth));
      const first = await resetToken(person);
      await auth.passwords.change(person, password, next);
      expect(await codeOf(auth.passwords.reset(first, password))).toBe('link-invalid');
      const [second, third] = [await resetToken(person), await resetToken(person)];
      await auth.passwords.reset(third, password);
      expect(await codeOf(auth.passwords.reset(second, next))).toBe('link-invalid');
      const moving = await verified(await newPerson(auth));
      const token = await resetToken(moving);
      await auth.emails.change(claimant(moving.userId), `new.${moving.email}`, password);
      expect(await codeOf(auth.passwords.reset(token, next))).toBe('link-invalid');
    });

    it('a link of another kind, a made-up one and none at all are refused before any hash', async () => {
      const person = await newPerson(auth);
      const email = `${person.username}@example.com`;
      await auth.emails.change(claimant(person.userId), email, password);
      await deliveries.deliver();
      const { hashes } = auth.hasher;
      for (const token of [deliveries.tokenTo(email), 'A'.repeat(64), '', '\ud800', "' or 1=1 --"]) {
        expect(await codeOf(auth.passwords.reset(token, next))).toBe('link-invalid');
      }
      expect(auth.hasher.hashes).toBe(hashes);
    });

    it('whoever asks for whatever login, the same is written and the same is said; only a verified address gets mail', async () => {
      const reachable = await verified(await newPerson(auth));
      const unverified = await newPerson(auth);
      await auth.emails.change(claimant(unverified.userId), `${unverified.username}@example.com`, password);
      const none = await newPerson(auth);
      await deliveries.deliver();
      const mails = deliveries.mail.sent.length;
      const logins = [reachable.username, reachable.email.toUpperCase(), unverified.username, none.username];
      for (const login of [...logins, 'nobody', 'no@example.com', '', 'a\u0000b', '\ud800']) {
        const [rows, events] = [await countLinks(db), auth.events.committed.length];
        expect(await auth.passwords.forgot(login)).toBeUndefined();
        const written = [(await countLinks(db)) - rows, auth.events.committed.length - events];
        expect([login, ...written]).toEqual([login, 1, 1]);
      }
      await deliveries.deliver();
      expect(deliveries.mail.sent.slice(mails).map(({ to }) => to)).toEqual([
        reachable.email,
        reachable.email,
      ]);
    });

    it('a user is mailed three links an hour, however many ask at once', async () => {
      const person = await verified(await newPerson(auth));
      const before = deliveries.countTo(person.email);
      await Promise.all(Array.from({ length: 8 }, () => auth.passwords.forgot(person.username)));
      await deliveries.deliver();
      expect(deliveries.countTo(person.email) - before).toBe(3);
      clock.advance(hourMs);
      await auth.passwords.forgot(person.username);
      await deliveries.deliver();
      expect(deliveries.countTo(person.email) - before).toBe(4);
    });

    it('a mail goes out once however often it is delivered, in the language of the user, and not for a void link', async () => {
      const person = await verified(await newPerson(auth));
      await tables<AuthTables>(db)
        .updateTable('users')
        .set({ locale: 'en-GB' })
        .where('id', '=', person.userId)
        .execute();
      const before = deliveries.countTo(person.email);
      await auth.passwords.forgot(person.username);
      await deliveries.deliver(3);
      expect(deliveries.countTo(person.email) - before).toBe(1);
      const mail = deliveries.mail.sent.at(-1);
      expect(mail).toMatchObject({
        subject: 'Reset your Qingyu password',
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      expect(mail?.text).toContain('http://127.0.0.1:8080/reset-password#token=');
      await auth.passwords.forgot(person.username);
      await auth.passwords.change(person, password, next);
      await deliveries.deliver();
      expect(deliveries.countTo(person.email) - before).toBe(1);
    });

    it('mail that cannot be handed over is tried again, mail that is refused is not', async () => {
      const person = await verified(await newPerson(auth));
      await auth.passwords.forgot(person.username);
      deliveries.mail.failure = new Error('no mail server');
      await expect(deliveries.deliver()).rejects.toThrow('no mail server');
      deliveries.mail.failure = undefined;
      deliveries.mail.refuse = { accepted: false, reason: 'recipient-invalid' };
      await auth.passwords.forgot(person.username);
      await deliveries.deliver();
      deliveries.mail.refuse = undefined;
      const warnings = deliveries.logged.filter((line) => line.includes('recipient-invalid'));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).not.toContain(person.email);
    });

    it('a closed account gets none', async () => {
      const person = await verified(await newPerson(auth));
      const token = await resetToken(person);
      await tables<AuthTables>(db)
        .updateTable('users')
        .set({ status: 'closed' })
        .where('id', '=', person.userId)
        .execute();
      expect(await codeOf(auth.passwords.reset(token, next))).toBe('link-invalid');
      const before = deliveries.countTo(person.email);
      await auth.passwords.forgot(person.username);
      await deliveries.deliver();
      expect(deliveries.countTo(person.email)).toBe(before);
    });
  });

  describe('a link that staff hands over', () => {
    const withRoles = async (...roles: RoleName[]) => {
      const person = await newPerson(auth);
      await db.withTransaction({ name: 'promote' }, async (tx) => {
        for (const role of roles) await auth.accounts.grantRole(tx, person.userId, role);
      });
      return person;
    };
    const issue = (userId: string, by: Person) =>
      auth.passwords.issueReset(userId, { kind: 'user', userId: by.userId }, 'came to the desk');

    it('sets the password once, is on record without its secret, and voids the one from before', async () => {
      const [admin, person] = [await withRoles('admin'), await newPerson(auth)];
      const first = await issue(person.userId, admin);
      const { url, token } = await issue(person.userId, admin);
      expect(url).toBe(`http://127.0.0.1:8080/reset-password#token=${token}`);
      expect(await codeOf(auth.passwords.reset(first.token, next))).toBe('link-invalid');
      await auth.passwords.reset(token, next);
      expect((await signIn(auth, person.username, undefined, next)).account.id).toBe(person.userId);
      const records = auth.audit.entries.filter(({ target }) => target.id === person.userId);
      const actor = { kind: 'user', userId: admin.userId };
      expect(records).toMatchObject([
        { action: 'auth.password-reset-issued', actor, reason: 'came to the desk' },
        { action: 'auth.password-reset-issued' },
      ]);
      expect(JSON.stringify(records)).not.toContain(token);
    });

    it('is no way to the account of somebody who may do more', async () => {
      const [admin, reviewer] = [await withRoles('admin'), await withRoles('reviewer')];
      await auth.roles.create(
        { name: 'desk', title: '前台', permissions: ['user.*'] },
        { kind: 'user', userId: admin.userId },
      );
      const desk = await withRoles('desk' as RoleName);
      expect(await codeOf(issue(admin.userId, desk))).toBe('reset-not-allowed');
      expect(await codeOf(issue(reviewer.userId, desk))).toBe('reset-not-allowed');
      expect(await codeOf(issue((await newPerson(auth)).userId, desk))).toBe('nothing was raised');
      expect(await codeOf(issue(reviewer.userId, admin))).toBe('nothing was raised');
      expect(await codeOf(issue(admin.userId, reviewer))).toBe('permission-denied');
      expect(await codeOf(issue('01956e2f-5c00-7000-8000-000000000001', admin))).toBe('user-not-found');
    });
  });

  it('links are removed a day after their end, those that live are not', async () => {
    const person = await verified(await newPerson(auth));
    await auth.passwords.forgot('nobody');
    const [job] = linkJobs({ db, clock });
    const run = () => job?.run({ signal: new AbortController().signal } as never);
    clock.advance(hourMs + 24 * hourMs);
    const token = await resetToken(person);
    await run();
    expect(await countLinks(db)).toBeGreaterThan(0);
    clock.advance(1);
    await auth.passwords.reset(token, next);
    clock.advance(50 * hourMs);
    await run();
    expect(await countLinks(db)).toBe(0);
  });

  it('who is signed in with a second factor that is stale changes the password all the same', async () => {
    const person = await newPersonWithTotp(auth, clock);
    expect(callerAs(person, 'stale').secondFactor).toBe('stale');
    await auth.passwords.change(person, password, next);
    expect(await codeOf(signIn(auth, person.username, undefined, next))).toBe('totp-required');
  });
});
