import { beforeAll, expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { type Auth, claimant, codeOf, password, startAuth } from './auth-harness.js';
import { countLinks } from './links.repository.js';
import { Deliveries } from './links-harness.js';
import { newPerson } from './second-factor-harness.js';

const hourMs = 3_600_000;
let registrations = 0;

describeEachEngine('an e-mail address', (open) => {
  const clock = new FakeClock();
  let db: Database;
  let auth: Auth;
  let deliveries: Deliveries;

  beforeAll(async () => {
    db = await open({ migrations: authMigrations, clock });
    auth = await startAuth(db, clock);
    deliveries = new Deliveries(db, clock, auth);
  });

  const registered = async () => {
    registrations += 1;
    const username = `mailed_${registrations}`;
    const email = `${username}@example.com`;
    const { id } = await auth.accounts.register({ username, email, password });
    await deliveries.deliver();
    return { id, username, email };
  };
  const isVerified = async (id: string) => (await auth.accounts.get(id))?.emailVerified;

  it('given at registration gets a link, which verifies it once', async () => {
    const { id, email } = await registered();
    expect(deliveries.countTo(email)).toBe(1);
    expect(deliveries.mail.sent.at(-1)?.text).toContain('/verify-email#token=');
    expect(await isVerified(id)).toBe(false);
    const token = deliveries.tokenTo(email);
    await auth.emails.verify(token);
    expect(await isVerified(id)).toBe(true);
    expect(await codeOf(auth.emails.verify(token))).toBe('link-invalid');
    const told = auth.events.committed.filter(
      ({ type, payload }) => type === 'auth.email-verified' && (payload as { userId: string }).userId === id,
    );
    expect(told).toHaveLength(1);
  });

  it('a registration that fails, or names none, leaves no link', async () => {
    const { email } = await registered();
    const [rows, events] = [await countLinks(db), auth.events.committed.length];
    const taken = auth.accounts.register({ username: 'somebody_else', email: email.toUpperCase(), password });
    expect(await codeOf(taken)).toBe('email-taken');
    await auth.accounts.register({ username: 'nobody_mailed', password });
    expect([await countLinks(db), auth.events.committed.length]).toEqual([rows, events]);
  });

  it('of three uses of a link at once one verifies', async () => {
    const { email } = await registered();
    const token = deliveries.tokenTo(email);
    const outcomes = await Promise.all([token, token, token].map((used) => codeOf(auth.emails.verify(used))));
    expect(outcomes.sort()).toEqual(['link-invalid', 'link-invalid', 'nothing was raised']);
  });

  it('a link is over after 24 hours, to the moment', async () => {
    const [late, inTime] = [await registered(), await registered()];
    clock.advance(24 * hourMs - 1);
    expect(await codeOf(auth.emails.verify(deliveries.tokenTo(inTime.email)))).toBe('nothing was raised');
    clock.advance(1);
    expect(await codeOf(auth.emails.verify(deliveries.tokenTo(late.email)))).toBe('link-invalid');
  });

  it.each(['', 'x', 'A'.repeat(64), '\u0000', '\ud800'])('%j verifies nothing', async (token) => {
    expect(await codeOf(auth.emails.verify(token))).toBe('link-invalid');
  });

  it('is sent a link again three times an hour, and never once it is verified', async () => {
    const { id, email } = await registered();
    await auth.emails.sendAgain(id);
    await auth.emails.sendAgain(id);
    await expect(auth.emails.sendAgain(id)).rejects.toMatchObject({
      code: 'link-too-often',
      options: { retryAfterSeconds: 3600 },
    });
    clock.advance(hourMs);
    await Promise.allSettled(Array.from({ length: 6 }, () => auth.emails.sendAgain(id)));
    await deliveries.deliver();
    expect(deliveries.countTo(email)).toBe(6);
    await auth.emails.verify(deliveries.tokenTo(email));
    expect(await codeOf(auth.emails.sendAgain(id))).toBe('email-verified');
    const { userId } = await newPerson(auth);
    expect(await codeOf(auth.emails.sendAgain(userId))).toBe('email-missing');
  });

  it('is changed with the password: unverified until its own link opens, links to the old one are void, and the old one is told', async () => {
    const { id, email } = await registered();
    const old = deliveries.tokenTo(email);
    expect(await codeOf(auth.emails.change(claimant(id), 'new@example.com', 'wrong-1234'))).toBe(
      'password-wrong',
    );
    const changed = await auth.emails.change(claimant(id), `new.${email}`, password);
    expect(changed).toMatchObject({ email: `new.${email}`, emailVerified: false });
    expect(await codeOf(auth.emails.verify(old))).toBe('link-invalid');
    await deliveries.deliver();
    const notice = deliveries.mail.sent.findLast(({ to }) => to === email);
    expect(notice?.subject).toBe('你的青羽账号更换了邮箱');
    expect(notice?.text).not.toContain('#token');
    await auth.emails.verify(deliveries.tokenTo(`new.${email}`));
    expect(await isVerified(id)).toBe(true);
  });

  it('is changed with the rest of the profile, all of it or nothing', async () => {
    const [mine, theirs] = [await registered(), await registered()];
    const taken = auth.profiles.edit(mine.id, { nickname: '潇湘妃子', email: theirs.email });
    expect(await codeOf(taken)).toBe('email-taken');
    expect((await auth.accounts.get(mine.id))?.nickname).toBe(mine.username);
    const edited = await auth.profiles.edit(mine.id, {
      nickname: '潇湘妃子',
      email: `profile.${mine.email}`,
    });
    expect(edited).toMatchObject({
      nickname: '潇湘妃子',
      email: `profile.${mine.email}`,
      emailVerified: false,
    });
    await deliveries.deliver();
    await auth.emails.verify(deliveries.tokenTo(`profile.${mine.email}`));
    expect(await isVerified(mine.id)).toBe(true);
  });

  it('that somebody has is refused in any case, that it is already is left alone, and what is none is refused', async () => {
    const [mine, theirs] = [await registered(), await registered()];
    await auth.emails.verify(deliveries.tokenTo(mine.email));
    const change = (email: string) => codeOf(auth.emails.change(claimant(mine.id), email, password));
    expect(await change(theirs.email.toUpperCase())).toBe('email-taken');
    const rows = await countLinks(db);
    expect(await change(mine.email.toUpperCase())).toBe('nothing was raised');
    expect([await isVerified(mine.id), await countLinks(db)]).toEqual([true, rows]);
    for (const none of [
      'x',
      'a@localhost',
      'a@example.com\nBcc: b@example.com',
      'Kelvin\u212A@example.com',
    ]) {
      expect(await change(none)).toBe('email-invalid');
    }
  });

  it('that two want at once goes to one', async () => {
    const people = [await registered(), await registered(), await registered()];
    const outcomes = await Promise.all(
      people.map(({ id }, n) =>
        codeOf(auth.emails.change(claimant(id), n ? 'wanted@example.com' : 'WANTED@example.com', password)),
      ),
    );
    expect(outcomes.sort()).toEqual(['email-taken', 'email-taken', 'nothing was raised']);
    const holders = await tables<AuthTables>(db)
      .selectFrom('users')
      .select('id')
      .where('email_key', '=', 'wanted@example.com')
      .execute();
    expect(holders).toHaveLength(1);
  });

  it('cannot be changed so often that strangers are flooded', async () => {
    const { id, username } = await registered();
    const outcomes: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      outcomes.push(await codeOf(auth.emails.change(claimant(id), `${username}.${n}@example.com`, password)));
    }
    expect(outcomes).toEqual([
      'nothing was raised',
      'nothing was raised',
      'link-too-often',
      'link-too-often',
    ]);
    expect((await auth.accounts.get(id))?.email).toBe(`${username}.1@example.com`);
  });
});
