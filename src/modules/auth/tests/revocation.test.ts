import { expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { AuthMetrics } from '../auth.metrics.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthTables } from '../auth.tables.js';
import { SessionAuthenticator } from '../revocation/authenticator.service.js';
import { RecentChanges } from '../revocation/recent-changes.js';
import { stepUpRuleOf } from '../second-factor/step-up.js';
import { codeOf, configOf, login, metricOf, register, startAuth } from './auth-harness.js';

const minuteMs = 60_000;

describeEachEngine('each request', (open) => {
  const start = async () => {
    const clock = new FakeClock();
    const db = await open({ migrations: authMigrations, clock });
    // An access token that outlives everything here: only the session may end.
    const accessToken = { ...configOf().accessToken, ttlSeconds: 86_400 * 40 };
    const auth = await startAuth(db, clock, { accessToken });
    await register(auth);
    const first = await login(auth);
    const sessionRow = () =>
      tables<AuthTables>(db)
        .selectFrom('sessions')
        .selectAll()
        .where('id', '=', first.session.id)
        .executeTakeFirstOrThrow();
    return { clock, db, auth, first, sessionRow };
  };

  it('a logout kills the access token at once, on this instance and on another', async () => {
    const { clock, db, auth, first } = await start();
    const other = await startAuth(db, clock);
    await other.authenticator.authenticate(first.accessToken);
    await auth.authenticator.authenticate(first.accessToken);
    expect(await auth.sessions.end(first.account.id, first.session.id)).toBe(true);
    for (const { authenticator } of [auth, other]) {
      expect(await codeOf(authenticator.authenticate(first.accessToken))).toBe('session-logged-out');
    }
    expect(await auth.sessions.end(first.account.id, first.session.id)).toBe(false);
    expect(await metricOf(other.metrics, 'auth_token_checks_total')).toEqual({
      accepted: 1,
      'session-logged-out': 1,
    });
  });

  it("nobody ends another user's session", async () => {
    const { auth, first } = await start();
    const stranger = await register(auth, 'jia_huan');
    expect(await auth.sessions.end(stranger.id, first.session.id)).toBe(false);
    expect(await auth.authenticator.authenticate(first.accessToken)).toMatchObject({
      userId: first.account.id,
    });
  });

  it.each([
    ['banned', 'account-banned'],
    ['closed', 'token-invalid'],
  ])('a user who is %s is refused at the next request: %s', async (status, code) => {
    const { db, auth, first } = await start();
    await auth.authenticator.authenticate(first.accessToken);
    await tables<AuthTables>(db).updateTable('users').set({ status }).execute();
    expect(await codeOf(auth.authenticator.authenticate(first.accessToken))).toBe(code);
    expect(await codeOf(auth.sessions.refresh(first.refreshToken))).toBe(code);
    expect(await codeOf(auth.sessions.describe(first.session.id))).toBe(code);
  });

  it('a role counts from the request after its commit, and not when it was rolled back', async () => {
    const { db, auth, first } = await start();
    const grant = (keep: boolean) =>
      db.withTransaction({ name: 'grant-test' }, async (tx) => {
        const granted = await auth.accounts.grantRole(tx, first.account.id, 'reviewer');
        return keep ? granted : tx.rollback(granted);
      });
    expect(await grant(false)).toBe(true);
    expect((await auth.authenticator.authenticate(first.accessToken)).permissions).toEqual([]);
    expect(await grant(true)).toBe(true);
    expect(await auth.authenticator.authenticate(first.accessToken)).toEqual({
      userId: first.account.id,
      sessionId: first.session.id,
      secondFactor: 'off',
      roles: ['reader', 'reviewer'],
      permissions: ['review.*', 'user.read'],
    });
    expect(await grant(true)).toBe(false);
  });

  it('a database that does not answer means 503, never a pass, also for a token seen before', async () => {
    const { clock, auth, first } = await start();
    const metrics = new Metrics();
    await auth.authenticator.authenticate(first.accessToken);
    const failing = new SessionAuthenticator({
      db: {} as Database,
      clock,
      config: configOf(),
      stepUp: stepUpRuleOf(configOf()),
      tokens: auth.tokens,
      tail: auth.tail,
      changes: new RecentChanges(),
      metrics: new AuthMetrics(metrics),
    });
    await expect(failing.authenticate(first.accessToken)).rejects.toMatchObject({
      code: 'auth-unavailable',
      definition: { status: 503 },
      options: { retryAfterSeconds: 1 },
    });
    expect(await metricOf(metrics, 'auth_token_checks_total')).toEqual({ 'auth-unavailable': 1 });
  });

  it('a token whose user is not the session’s own is refused', async () => {
    const { auth, first } = await start();
    const stranger = await register(auth, 'jia_huan');
    const mixed = await auth.tokens.sign({
      ...{ userId: stranger.id, sessionId: first.session.id, rolesRevision: 0 },
    });
    expect(await codeOf(auth.authenticator.authenticate(mixed))).toBe('token-invalid');
  });

  it('the last use is written once a minute, however many requests come at once', async () => {
    const { clock, auth, first, sessionRow } = await start();
    const opened = clock.now();
    clock.advance(minuteMs - 1);
    await auth.authenticator.authenticate(first.accessToken);
    expect((await sessionRow()).last_seen_at).toEqual(opened);
    clock.advance(1);
    await Promise.all(Array.from({ length: 20 }, () => auth.authenticator.authenticate(first.accessToken)));
    const row = await sessionRow();
    expect(row.last_seen_at).toEqual(clock.now());
    expect(row.idle_until.getTime()).toBe(clock.now().getTime() + 7 * 86_400_000);
  });

  it('requests keep a session alive past 7 days, and never past 30', async () => {
    const { clock, auth, first, sessionRow } = await start();
    for (let day = 1; day < 30; day += 1) {
      clock.advance(86_400_000);
      await auth.authenticator.authenticate(first.accessToken);
    }
    expect((await sessionRow()).idle_until).toEqual(first.session.expiresAt);
    clock.set(new Date(first.session.expiresAt.getTime() - 1));
    await auth.authenticator.authenticate(first.accessToken);
    clock.advance(1);
    expect(await codeOf(auth.authenticator.authenticate(first.accessToken))).toBe('session-expired');
  });

  it.each([
    [-1, 'nothing was raised'],
    [0, 'session-expired'],
    [1, 'session-expired'],
  ])('%i ms from the idle end: %s', async (ms, code) => {
    const { clock, auth, first } = await start();
    clock.set(new Date(first.session.idleUntil.getTime() + ms));
    expect(await codeOf(auth.authenticator.authenticate(first.accessToken))).toBe(code);
    const listed = await auth.sessions.list(first.account.id, 10, undefined);
    expect(listed).toHaveLength(code === 'session-expired' ? 0 : 1);
    const ended = await auth.sessions.end(first.account.id, first.session.id);
    expect(ended).toBe(code !== 'session-expired');
  });

  it('a clock that steps back ends no session: tokens of the time to come are refreshed', async () => {
    const { clock, auth, first, sessionRow } = await start();
    clock.advance(-3_600_000);
    expect(await codeOf(auth.authenticator.authenticate(first.accessToken))).toBe('token-expired');
    expect((await sessionRow()).idle_until).toEqual(first.session.idleUntil);
    const { accessToken } = await auth.sessions.refresh(first.refreshToken);
    expect(await auth.authenticator.authenticate(accessToken)).toMatchObject({ userId: first.account.id });
  });
});
