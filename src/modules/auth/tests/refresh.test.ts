import { randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import { makeRefreshToken } from '../session/refresh-token.js';
import { rotateSession } from '../session/session.repository.js';
import { SessionService } from '../session/session.service.js';
import type { SessionAdmission } from '../session/session-admission.js';
import { codeOf, configOf, login, metricOf, register, startAuth } from './auth-harness.js';
import { sessionRow, startSessions } from './session-harness.js';

describeEachEngine('refresh', (open) => {
  const start = async () => {
    const clock = new FakeClock();
    const db = await open({ migrations: authMigrations, clock });
    const auth = await startAuth(db, clock);
    await register(auth);
    return { db, clock, auth, first: await login(auth) };
  };

  it('50 refreshes of one token at once all get the same successor, and the session lives on', async () => {
    const { auth, first } = await start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => auth.sessions.refresh(first.refreshToken)),
    );
    const successors = new Set(answers.map((answer) => answer.refreshToken));
    expect(successors.size).toBe(1);
    expect(successors).not.toContain(first.refreshToken);
    const [successor = ''] = successors;
    const next = await auth.sessions.refresh(successor);
    expect(await auth.authenticator.authenticate(next.accessToken)).toMatchObject({
      sessionId: first.session.id,
    });
  });

  it('a refresh that was delayed between its look and its write never takes a session back', async () => {
    const { db, clock, auth, first } = await start();
    const moments = { now: clock.now(), idleUntil: first.session.idleUntil };
    const delayed = { id: first.session.id, generation: 0 };
    const second = await auth.sessions.refresh(first.refreshToken);
    expect(await rotateSession(db, delayed, moments)).toBeUndefined();
    const third = await auth.sessions.refresh(second.refreshToken);
    expect(await rotateSession(db, delayed, moments)).toBeUndefined();
    expect((await auth.sessions.refresh(third.refreshToken)).session.generation).toBe(3);
  });

  it('two instances that refresh one token at once give the same successor', async () => {
    const { db, clock, auth, first } = await start();
    const other = await startAuth(db, clock);
    const [one, two] = await Promise.all([
      auth.sessions.refresh(first.refreshToken),
      other.sessions.refresh(first.refreshToken),
    ]);
    expect(one.refreshToken).toBe(two.refreshToken);
    expect(await other.authenticator.authenticate(one.accessToken)).toMatchObject({
      userId: first.account.id,
    });
  });

  it.each([
    [9_999, 'nothing was raised'],
    [10_000, 'refresh-reused'],
    [10_001, 'refresh-reused'],
  ])('a spent token repeated after %i ms: %s', async (ms, code) => {
    const { clock, auth, first } = await start();
    const second = await auth.sessions.refresh(first.refreshToken);
    clock.advance(ms);
    expect(await codeOf(auth.sessions.refresh(first.refreshToken))).toBe(code);
    const stillLives = await codeOf(auth.authenticator.authenticate(second.accessToken));
    expect(stillLives).toBe(code);
  });

  it('a token two generations old ends the session at once, for the thief and for the owner', async () => {
    const { auth, first } = await start();
    const second = await auth.sessions.refresh(first.refreshToken);
    const third = await auth.sessions.refresh(second.refreshToken);
    expect(await codeOf(auth.sessions.refresh(first.refreshToken))).toBe('refresh-reused');
    expect(await codeOf(auth.sessions.refresh(third.refreshToken))).toBe('refresh-reused');
    expect(await codeOf(auth.authenticator.authenticate(third.accessToken))).toBe('refresh-reused');
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ 'refresh-reused': 1 });
  });

  it('20 replays at once end the session once', async () => {
    const { clock, auth, first } = await start();
    await auth.sessions.refresh(first.refreshToken);
    clock.advance(60_000);
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => codeOf(auth.sessions.refresh(first.refreshToken))),
    );
    expect(new Set(codes)).toEqual(new Set(['refresh-reused']));
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ 'refresh-reused': 1 });
  });

  it('a forged token is refused before any SQL', async () => {
    const { clock, auth, first } = await start();
    const key = auth.keys.refreshKey;
    const sessions = new SessionService({
      ...{ clock, keys: auth.keys, tokens: auth.tokens, ends: auth.ends, config: configOf() },
      admission: {} as SessionAdmission,
      db: {} as Database,
    });
    const claim = { sessionId: first.session.id, generation: 0 };
    for (const token of [makeRefreshToken(claim, randomBytes(32)), '', 'x', 'A'.repeat(65_536)]) {
      expect(await codeOf(sessions.refresh(token))).toBe('token-invalid');
    }
    expect(await codeOf(sessions.refresh(makeRefreshToken(claim, key)))).not.toBe('token-invalid');
  });

  it('a well-made token of a session or generation that is not there is refused and ends nothing', async () => {
    const { auth, first } = await start();
    const key = auth.keys.refreshKey;
    const unknown = makeRefreshToken({ sessionId: randomUUID(), generation: 0 }, key);
    const future = makeRefreshToken({ sessionId: first.session.id, generation: 5 }, key);
    for (const token of [unknown, future])
      expect(await codeOf(auth.sessions.refresh(token))).toBe('token-invalid');
    expect((await auth.sessions.refresh(first.refreshToken)).session.generation).toBe(1);
  });

  it('a refresh slides the idle end and never the absolute one', async () => {
    const { clock, auth, first } = await start();
    const dayMs = 86_400_000;
    let { refreshToken } = first;
    for (let day = 0; day < 29; day += 1) {
      clock.advance(dayMs);
      ({ refreshToken } = await auth.sessions.refresh(refreshToken));
    }
    clock.set(new Date(first.session.expiresAt.getTime() - 1));
    ({ refreshToken } = await auth.sessions.refresh(refreshToken));
    clock.advance(1);
    await expect(auth.sessions.refresh(refreshToken)).rejects.toMatchObject({
      code: 'session-expired',
      options: { extensions: { reason: 'absolute' } },
    });
  });

  it('after 7 days unused a session is over, a millisecond before it is not', async () => {
    const { clock, auth, first } = await start();
    const { idleUntil } = first.session;
    expect(idleUntil.getTime() - clock.now().getTime()).toBe(7 * 86_400_000);
    const other = await login(auth);
    clock.set(new Date(idleUntil.getTime() - 1));
    expect((await auth.sessions.refresh(first.refreshToken)).session.generation).toBe(1);
    clock.advance(1);
    await expect(auth.sessions.refresh(other.refreshToken)).rejects.toMatchObject({
      code: 'session-expired',
      options: { extensions: { reason: 'idle' } },
    });
  });

  it('a refresh by a clock that steps back works, and takes no time away', async () => {
    const { db, clock, auth, first } = await start();
    clock.advance(60_000);
    const second = await auth.sessions.refresh(first.refreshToken);
    const { lastSeenAt, idleUntil } = second.session;
    clock.advance(-3_600_000);
    const third = await auth.sessions.refresh(second.refreshToken);
    expect(third.session).toMatchObject({ generation: 2, lastSeenAt, idleUntil });
    const { last_seen_at, idle_until } = (await sessionRow(db, first.session.id)) ?? {};
    expect([last_seen_at, idle_until]).toEqual([lastSeenAt, idleUntil]);
    expect((await auth.sessions.refresh(second.refreshToken)).refreshToken).toBe(third.refreshToken);
  });

  it('a clock that jumps ahead and comes back leaves the session as it was', async () => {
    const { clock, auth, first } = await start();
    clock.advance(8 * 86_400_000);
    expect(await codeOf(auth.sessions.refresh(first.refreshToken))).toBe('session-expired');
    clock.advance(-8 * 86_400_000);
    expect((await auth.sessions.refresh(first.refreshToken)).session.generation).toBe(1);
  });

  it('a shorter idle life counts from the next refresh on', async () => {
    const { db, clock, auth, first } = await start();
    const stricter = await startSessions(db, clock, { idleTtlSeconds: 60 });
    const second = await stricter.sessions.refresh(first.refreshToken);
    clock.advance(60_000);
    expect(await codeOf(auth.sessions.refresh(second.refreshToken))).toBe('session-expired');
  });

  it('two tabs get the very same successor, each with an access token of its own that is right', async () => {
    const { clock, auth, first } = await start();
    const tab = await auth.sessions.refresh(first.refreshToken);
    clock.advance(9_999);
    const twin = await auth.sessions.refresh(first.refreshToken);
    expect(twin.refreshToken).toBe(tab.refreshToken);
    expect(twin.session).toEqual(tab.session);
    expect(twin.accessToken).not.toBe(tab.accessToken);
    for (const { accessToken } of [tab, twin]) {
      expect(await auth.authenticator.authenticate(accessToken)).toMatchObject({
        ...{ userId: first.account.id, sessionId: first.session.id, roles: ['reader'] },
      });
    }
  });

  it('a spent token within its grace ends the session once its successor is spent as well', async () => {
    const { clock, auth, first } = await start();
    const second = await auth.sessions.refresh(first.refreshToken);
    clock.advance(1_000);
    const third = await auth.sessions.refresh(second.refreshToken);
    clock.advance(1_000);
    expect(await codeOf(auth.sessions.refresh(first.refreshToken))).toBe('refresh-reused');
    expect(await codeOf(auth.authenticator.authenticate(third.accessToken))).toBe('refresh-reused');
  });

  it('nothing refreshes after a logout', async () => {
    const { auth, first } = await start();
    await auth.sessions.end(first.account.id, first.session.id);
    expect(await codeOf(auth.sessions.refresh(first.refreshToken))).toBe('session-logged-out');
  });

  it('a logout beside 20 refreshes wins: no token works afterwards', async () => {
    const { auth, first } = await start();
    const refreshes = Array.from({ length: 20 }, () =>
      auth.sessions.refresh(first.refreshToken).catch(() => undefined),
    );
    const [, ...answers] = await Promise.all([
      auth.sessions.end(first.account.id, first.session.id),
      ...refreshes,
    ]);
    for (const answer of [first, ...answers]) {
      if (!answer) continue;
      expect(await codeOf(auth.authenticator.authenticate(answer.accessToken))).toBe('session-logged-out');
      expect(await codeOf(auth.sessions.refresh(answer.refreshToken))).toBe('session-logged-out');
    }
  });
});
