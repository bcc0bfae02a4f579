import { beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import { limitPolicies } from '../session/session.config.js';
import { codeOf, metricOf } from './auth-harness.js';
import { idsOf, liveIds, newUserId, openSession, startSessions } from './session-harness.js';

const minuteMs = 60_000;

describeEachEngine('the limit of sessions', (open) => {
  const clock = new FakeClock();
  let db: Database;
  beforeAll(async () => {
    db = await open({ migrations: authMigrations, clock });
  });

  type Started = Awaited<ReturnType<typeof startSessions>>;
  /** Opens sessions one after the other, a minute apart. */
  const openSeveral = async (auth: Started, userId: string, count: number) => {
    const opened = [];
    for (let n = 0; n < count; n += 1) {
      clock.advance(minuteMs);
      opened.push(await openSession(auth, userId));
    }
    clock.advance(minuteMs);
    return opened;
  };

  it('evict-lru ends the session used least recently, and tells it when and by which device', async () => {
    const auth = await startSessions(db, clock);
    const userId = await newUserId(auth);
    const [oldest, idle, ...others] = await openSeveral(auth, userId, 5);
    if (!oldest || !idle) throw new Error('five sessions were opened');
    const used = await auth.sessions.refresh(oldest.refreshToken);
    const evicting = await openSession(auth, userId, { id: 'pad-1', name: '潇湘馆的平板' });
    expect(await liveIds(auth, userId)).toEqual(idsOf([used, evicting, ...others]));
    const evicted = {
      code: 'session-evicted',
      options: {
        extensions: {
          reason: 'evicted',
          endedAt: clock.now().toISOString(),
          endedByDevice: '潇湘馆的平板',
        },
      },
    };
    await expect(auth.authenticator.authenticate(idle.accessToken)).rejects.toMatchObject(evicted);
    await expect(auth.sessions.refresh(idle.refreshToken)).rejects.toMatchObject(evicted);
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ evicted: 1 });
  });

  it('evict-oldest ends the oldest session, however lately it was used', async () => {
    const auth = await startSessions(db, clock, { policy: 'evict-oldest' });
    const userId = await newUserId(auth);
    const [oldest, ...others] = await openSeveral(auth, userId, 5);
    await auth.sessions.refresh(oldest?.refreshToken ?? '');
    const newest = await openSession(auth, userId);
    expect(await liveIds(auth, userId)).toEqual(idsOf([...others, newest]));
  });

  it('reject refuses with the live sessions, newest first, and ends nothing', async () => {
    const auth = await startSessions(db, clock, { policy: 'reject' });
    const userId = await newUserId(auth);
    const opened = await openSeveral(auth, userId, 5);
    await expect(openSession(auth, userId)).rejects.toMatchObject({
      code: 'device-limit-reached',
      definition: { status: 409 },
      options: {
        extensions: {
          ...{ limit: 5, count: 5 },
          sessions: opened.map(({ session }) => ({ id: session.id, current: false })).reverse(),
        },
      },
    });
    expect(await liveIds(auth, userId)).toEqual(idsOf(opened));
    expect(auth.events.committed).toHaveLength(5);
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({});
  });

  it('reject lists no more than a hundred sessions', async () => {
    const open = await startSessions(db, clock, { limit: 1000 });
    const userId = await newUserId(open);
    for (let n = 0; n < 103; n += 1) await openSession(open, userId);
    const auth = await startSessions(db, clock, { policy: 'reject' });
    const problem = await openSession(auth, userId).catch((error) => error);
    expect(problem.options.extensions).toMatchObject({ limit: 5, count: 103 });
    expect(problem.options.extensions.sessions).toHaveLength(100);
  });

  it.each(limitPolicies)('%s: the session that the user chose gives way, and no other', async (policy) => {
    const auth = await startSessions(db, clock, { policy });
    const userId = await newUserId(auth);
    const opened = await openSeveral(auth, userId, 5);
    const chosen = opened[3]?.session.id;
    const newest = await openSession(auth, userId, { id: 'tv-1' }, chosen);
    const others = opened.filter(({ session }) => session.id !== chosen);
    expect(await liveIds(auth, userId)).toEqual(idsOf([...others, newest]));
    await expect(auth.sessions.describe(chosen ?? '')).rejects.toMatchObject({
      options: { extensions: { reason: 'evicted', endedByDevice: 'tv-1' } },
    });
  });

  it("neither somebody else's session nor a dead one can be chosen to make room", async () => {
    const auth = await startSessions(db, clock, { policy: 'reject' });
    const [userId, strangerId] = [await newUserId(auth), await newUserId(auth)];
    const strange = await openSession(auth, strangerId);
    const [dead] = await openSeveral(auth, userId, 1);
    await auth.sessions.end(userId, dead?.session.id ?? '');
    const opened = await openSeveral(auth, userId, 5);
    for (const chosen of [strange.session.id, dead?.session.id]) {
      expect(await codeOf(openSession(auth, userId, undefined, chosen))).toBe('device-limit-reached');
    }
    expect(await liveIds(auth, userId)).toEqual(idsOf(opened));
    expect(await liveIds(auth, strangerId)).toEqual(idsOf([strange]));
  });

  it('by device class each class has the limit for itself', async () => {
    const auth = await startSessions(db, clock, { limit: 1, scope: 'device-class' });
    const userId = await newUserId(auth);
    const web = await openSession(auth, userId, { id: 'pc', class: 'web' });
    const mobile = await openSession(auth, userId, { id: 'phone', class: 'mobile' });
    const tablet = await openSession(auth, userId, { id: 'pad', class: 'tablet' });
    expect(await liveIds(auth, userId)).toEqual(idsOf([web, mobile, tablet]));
    const second = await openSession(auth, userId, { id: 'phone-2', class: 'mobile' });
    expect(await liveIds(auth, userId)).toEqual(idsOf([web, tablet, second]));
  });

  it('by device class a refusal lists that class, and what was chosen of another one lives on', async () => {
    const auth = await startSessions(db, clock, { limit: 1, scope: 'device-class', policy: 'reject' });
    const userId = await newUserId(auth);
    const web = await openSession(auth, userId, { id: 'pc', class: 'web' });
    const mobile = await openSession(auth, userId, { id: 'phone', class: 'mobile' });
    const another = openSession(auth, userId, { id: 'phone-2', class: 'mobile' }, web.session.id);
    await expect(another).rejects.toMatchObject({
      options: { extensions: { sessions: [{ id: mobile.session.id }] } },
    });
    expect(await liveIds(auth, userId)).toEqual(idsOf([web, mobile]));
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({});
  });

  it.each(limitPolicies)('%s: the same device takes its own place and never counts twice', async (policy) => {
    const auth = await startSessions(db, clock, { policy, limit: 2 });
    const userId = await newUserId(auth);
    const other = await openSession(auth, userId, { id: 'pc' });
    await openSession(auth, userId, { id: 'phone' });
    clock.advance(minuteMs);
    const again = await openSession(auth, userId, { id: 'phone' });
    expect(await liveIds(auth, userId)).toEqual(idsOf([other, again]));
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ replaced: 1 });
  });

  it.each(['evict-lru', 'evict-oldest'] as const)(
    '%s: of sessions of the same millisecond the one with the smallest id goes',
    async (policy) => {
      const auth = await startSessions(db, clock, { policy });
      const userId = await newUserId(auth);
      const opened = await Promise.all(Array.from({ length: 5 }, () => openSession(auth, userId)));
      const newest = await openSession(auth, userId);
      expect(await liveIds(auth, userId)).toEqual([...idsOf(opened).slice(1), newest.session.id].sort());
    },
  );

  it('a new session stays, also on an instance whose clock is an hour behind', async () => {
    const auth = await startSessions(db, clock);
    const behind = new FakeClock(clock.now());
    behind.advance(-60 * minuteMs);
    const late = await startSessions(db, behind);
    const userId = await newUserId(auth);
    await openSeveral(auth, userId, 5);
    const newest = await openSession(late, userId);
    const live = await liveIds(auth, userId);
    expect(live).toHaveLength(5);
    expect(live).toContain(newest.session.id);
  });

  it.each([
    [8, 8],
    [undefined, 5],
    [1, 5],
  ])('a policy that answers %s lets %i sessions live', async (answer, live) => {
    const auth = await startSessions(db, clock, {}, { limitOf: async () => answer });
    const userId = await newUserId(auth);
    for (let n = 0; n < 10; n += 1) await openSession(auth, userId);
    expect(await liveIds(auth, userId)).toHaveLength(live);
  });

  it.each([0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'a policy that answers %d opens nothing: no number means "unlimited"',
    async (answer) => {
      const auth = await startSessions(db, clock, {}, { limitOf: async () => answer });
      const userId = await newUserId(auth);
      await expect(openSession(auth, userId)).rejects.toThrow(RangeError);
      expect(await liveIds(auth, userId)).toEqual([]);
    },
  );

  it.each(['evict-lru', 'evict-oldest'] as const)(
    '%s: a limit that fell ends the surplus at the next sign-in',
    async (policy) => {
      let raised: number | undefined = 8;
      const auth = await startSessions(db, clock, { policy }, { limitOf: async () => raised });
      const userId = await newUserId(auth);
      const opened = await openSeveral(auth, userId, 8);
      raised = undefined;
      expect(await liveIds(auth, userId)).toHaveLength(8);
      const newest = await openSession(auth, userId);
      expect(await liveIds(auth, userId)).toEqual(idsOf([...opened.slice(-4), newest]));
    },
  );

  it('reject: a limit that fell locks nobody out, the chosen and the surplus give way', async () => {
    let raised: number | undefined = 8;
    const auth = await startSessions(db, clock, { policy: 'reject' }, { limitOf: async () => raised });
    const userId = await newUserId(auth);
    const opened = await openSeveral(auth, userId, 8);
    raised = undefined;
    expect(await codeOf(openSession(auth, userId))).toBe('device-limit-reached');
    expect(await liveIds(auth, userId)).toEqual(idsOf(opened));
    const newest = await openSession(auth, userId, undefined, opened[7]?.session.id);
    expect(await liveIds(auth, userId)).toEqual(idsOf([...opened.slice(3, 7), newest]));
  });

  it('expired sessions take no place', async () => {
    const auth = await startSessions(db, clock, { policy: 'reject', idleTtlSeconds: 60 });
    const userId = await newUserId(auth);
    await Promise.all(Array.from({ length: 5 }, () => openSession(auth, userId)));
    clock.advance(minuteMs - 1);
    expect(await codeOf(openSession(auth, userId))).toBe('device-limit-reached');
    clock.advance(1);
    expect(await codeOf(openSession(auth, userId))).toBe('nothing was raised');
  });

  it('each sign-in is told with its device, as new only the first time on that device', async () => {
    const auth = await startSessions(db, clock);
    const userId = await newUserId(auth);
    const phone = { id: 'phone', name: '手机', class: 'mobile' } as const;
    const opened = [
      await openSession(auth, userId, phone),
      await openSession(auth, userId, phone),
      await openSession(auth, userId),
    ];
    const told = { type: 'auth.session-opened', aggregate: `user ${userId}` };
    const payloads = [
      { deviceName: '手机', deviceClass: 'mobile', newDevice: true },
      { deviceName: '手机', deviceClass: 'mobile', newDevice: false },
      { deviceClass: 'web', newDevice: true },
    ];
    expect(auth.events.committed).toEqual(
      opened.map(({ session }, n) => ({
        ...told,
        payload: { userId, sessionId: session.id, ...payloads[n] },
      })),
    );
  });
});
