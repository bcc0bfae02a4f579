import { beforeAll, beforeEach, expect, it } from 'vitest';
import { type Database, tables } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import type { AuthChangesTables } from '../revocation/auth-changes.repository.js';
import type { EndReason } from '../session/session.domain.js';
import type { SignedIn } from '../session/session.service.js';
import { type Auth, codeOf, configOf, metricOf, startAuth } from './auth-harness.js';
import { callsOf, idsOf, liveIds, newUserId, openSession } from './session-harness.js';

const dayMs = 86_400_000;
const phone = { id: 'phone-1', name: '手机', class: 'mobile' } as const;

describeEachEngine('the end of a session', (open) => {
  const clock = new FakeClock();
  let db: Database;
  let auth: Auth;
  let userId: string;
  let call: Awaited<ReturnType<typeof callsOf>>;

  beforeAll(async () => {
    db = await open({ migrations: authMigrations, clock });
  });
  beforeEach(async () => {
    // An access token that outlives everything here: only the session may end.
    const accessToken = { ...configOf().accessToken, ttlSeconds: 40 * 86_400 };
    auth = await startAuth(db, clock, { accessToken });
    call = await callsOf(auth);
    userId = await newUserId(auth);
  });

  const changesOf = async (ids: readonly string[]) =>
    tables<AuthChangesTables>(db)
      .selectFrom('auth_changes')
      .select(['kind', 'subject', 'reason'])
      .where('subject', 'in', ids)
      .orderBy('subject')
      .execute();

  const byStaff = (reason: EndReason) => () =>
    db.withTransaction({ name: 'act' }, (tx) => auth.ends.endAllOf(tx, userId, { reason }));

  interface Case {
    readonly reason: EndReason;
    readonly code: string;
    readonly byDevice?: string;
    readonly end: (signedIn: SignedIn) => Promise<unknown>;
  }

  const cases: readonly Case[] = [
    {
      reason: 'logout',
      code: 'session-logged-out',
      end: ({ accessToken }) => call('POST', '/auth/logout', accessToken),
    },
    {
      reason: 'logout',
      code: 'session-logged-out',
      byDevice: 'pad-1',
      end: async ({ session }) => {
        const other = await openSession(auth, userId, { id: 'pad-1' });
        await call('DELETE', `/auth/sessions/${session.id}`, other.accessToken);
      },
    },
    {
      reason: 'logout-all',
      code: 'session-logged-out',
      byDevice: '平板',
      end: async () => {
        const other = await openSession(auth, userId, { id: 'pad-1', name: '平板' });
        await call('POST', '/auth/logout-all', other.accessToken, {});
      },
    },
    {
      reason: 'evicted',
      code: 'session-evicted',
      byDevice: 'desktop',
      end: async () => {
        clock.advance(1000);
        for (let n = 0; n < 5; n += 1) await openSession(auth, userId, { id: `pc-${n}`, name: 'desktop' });
      },
    },
    {
      reason: 'replaced',
      code: 'session-evicted',
      byDevice: '新手机',
      end: () => openSession(auth, userId, { id: phone.id, name: '新手机' }),
    },
    { reason: 'admin', code: 'session-revoked', end: byStaff('admin') },
    { reason: 'banned', code: 'account-banned', end: byStaff('banned') },
    { reason: 'password-changed', code: 'session-revoked', end: byStaff('password-changed') },
    {
      reason: 'refresh-reused',
      code: 'refresh-reused',
      end: async ({ refreshToken }) => {
        await auth.sessions.refresh(refreshToken);
        clock.advance(10_000);
        await codeOf(auth.sessions.refresh(refreshToken));
      },
    },
    { reason: 'idle', code: 'session-expired', end: async () => clock.advance(7 * dayMs) },
    {
      reason: 'absolute',
      code: 'session-expired',
      end: async ({ accessToken }) => {
        for (let days = 0; days < 30; days += 6) {
          await auth.authenticator.authenticate(accessToken);
          clock.advance(6 * dayMs);
        }
      },
    },
  ];

  it.each(cases)(
    '$reason reaches both tokens of the client: $code, when, by device $byDevice',
    async ({ reason, code, byDevice, end }) => {
      const signedIn = await openSession(auth, userId, phone);
      await end(signedIn);
      const endedAt = clock.now().toISOString();
      // Later than the end, so that the moment told is the end's own.
      clock.advance(1234);
      const answers = [
        await call('GET', '/auth/me', signedIn.accessToken),
        await call('POST', '/auth/refresh', undefined, { refreshToken: signedIn.refreshToken }),
      ];
      for (const { status, body } of answers) {
        expect({ status, ...body }).toMatchObject({ status: 401, code, reason, endedAt });
        expect(body.endedByDevice).toBe(byDevice);
      }
    },
  );

  it('signing out of everything ends all my sessions and nobody else’s, with or without this one', async () => {
    const stranger = await openSession(auth, await newUserId(auth));
    const [mine, other, third] = [
      await openSession(auth, userId, phone),
      await openSession(auth, userId),
      await openSession(auth, userId),
    ];
    const others = await call('POST', '/auth/logout-all', mine.accessToken, { exceptCurrent: true });
    expect(others).toMatchObject({ status: 200, body: { ended: 2 } });
    expect(await liveIds(auth, userId)).toEqual([mine.session.id]);
    expect(await changesOf(idsOf([mine, other, third]))).toEqual(
      idsOf([other, third]).map((subject) => ({ kind: 'session', subject, reason: 'logout-all' })),
    );
    const again = await call('POST', '/auth/logout-all', mine.accessToken, { exceptCurrent: true });
    expect(again.body).toEqual({ ended: 0 });
    expect((await call('POST', '/auth/logout-all', mine.accessToken)).body).toEqual({ ended: 1 });
    expect((await call('POST', '/auth/logout-all', mine.accessToken)).status).toBe(401);
    expect((await call('GET', '/auth/me', stranger.accessToken)).status).toBe(200);
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ 'logout-all': 3 });
  });

  it('signing out on one device leaves the others alone', async () => {
    const [mine, other] = [await openSession(auth, userId), await openSession(auth, userId)];
    await call('POST', '/auth/logout', mine.accessToken);
    expect(await liveIds(auth, userId)).toEqual([other.session.id]);
    expect((await call('GET', '/auth/me', other.accessToken)).status).toBe(200);
  });

  it.each([{ exceptCurrent: 'yes' }, { exceptCurrent: 1 }, { except: true }, [], 'all'])(
    'a sign-out of everything that says %j is a 400 and ends nothing',
    async (body) => {
      const { accessToken } = await openSession(auth, userId);
      expect((await call('POST', '/auth/logout-all', accessToken, body)).status).toBe(400);
      expect(await liveIds(auth, userId)).toHaveLength(1);
    },
  );

  it('an end that is undone ended nothing, told nobody and was not counted', async () => {
    const { session } = await openSession(auth, userId);
    const undone = await db.withTransaction({ name: 'act' }, async (tx) => {
      expect(await auth.ends.endAllOf(tx, userId, { reason: 'admin' })).toBe(1);
      expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({});
      return tx.rollback('undone');
    });
    expect(undone).toBe('undone');
    expect(await liveIds(auth, userId)).toEqual([session.id]);
    expect(await changesOf([session.id])).toEqual([]);
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({});
  });

  it('a session ends once: ended, expired and strange ones keep what they have', async () => {
    const { session } = await openSession(auth, userId);
    const end = (owner: string, reason: EndReason) =>
      db.withTransaction({ name: 'act' }, (tx) => auth.ends.endOne(tx, owner, session.id, { reason }));
    expect(await end(await newUserId(auth), 'admin')).toBe(false);
    expect(await end(userId, 'admin')).toBe(true);
    expect(await end(userId, 'logout')).toBe(false);
    const expiring = await openSession(auth, userId);
    clock.advance(7 * dayMs);
    expect(await byStaff('banned')()).toBe(0);
    await expect(auth.sessions.describe(expiring.session.id)).rejects.toMatchObject({
      options: { extensions: { reason: 'idle' } },
    });
    expect(await changesOf(idsOf([{ session } as SignedIn, expiring]))).toEqual([
      { kind: 'session', subject: session.id, reason: 'admin' },
    ]);
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ admin: 1 });
  });

  it('20 ends of one session at once end it once', async () => {
    const { session } = await openSession(auth, userId);
    const ends = Array.from({ length: 20 }, () => auth.sessions.end(userId, session.id));
    expect((await Promise.all(ends)).filter(Boolean)).toHaveLength(1);
    expect(await changesOf([session.id])).toHaveLength(1);
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ logout: 1 });
  });
});
