import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import { type Auth, codeOf, metricOf } from './auth-harness.js';
import { importSessions, newUserId, openSession, sessionRow, startSessions } from './session-harness.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;

describeEachEngine('the jobs of sessions', (open) => {
  let clock: FakeClock;
  let db: Database;
  let auth: Auth;
  let userId: string;

  const rules = { limit: 100_000, keepEndedDays: 2 };
  const run = async (name: string, instance = auth, signal = new AbortController().signal) => {
    const job = instance.jobs.find((candidate) => candidate.name === name);
    await job?.run({ dueAt: clock.now(), signal });
    return job !== undefined;
  };

  beforeAll(() => {
    clock = new FakeClock();
  });
  beforeEach(async () => {
    db = await open({ migrations: authMigrations, clock });
    auth = await startSessions(db, clock, rules);
    userId = await newUserId(auth);
  });

  it('the sweep writes down what expired, with the reason and the moment it came, and tells every instance', async () => {
    const idle = await openSession(auth, userId);
    const used = await openSession(auth, userId);
    let { refreshToken } = used;
    for (let day = 0; day < 29; day += 1) {
      clock.advance(dayMs);
      ({ refreshToken } = await auth.sessions.refresh(refreshToken));
    }
    clock.set(new Date(used.session.expiresAt.getTime() - 1));
    expect(await run('session-sweep')).toBe(true);
    expect(await sessionRow(db, used.session.id)).toMatchObject({ ended_at: null });
    clock.advance(1);
    await run('session-sweep');
    expect(await sessionRow(db, used.session.id)).toMatchObject({
      ended_at: used.session.expiresAt,
      end_reason: 'absolute',
    });
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toEqual({ idle: 1, absolute: 1 });
    // It was removed in turn: it ended more than two days ago.
    expect(await sessionRow(db, idle.session.id)).toBeUndefined();
  });

  it.each([
    [-1, 'lives'],
    [0, 'idle'],
    [1, 'idle'],
  ])('the sweep %i ms from the idle end of a session: %s', async (ms, outcome) => {
    const { session } = await openSession(auth, userId);
    clock.set(new Date(session.idleUntil.getTime() + ms));
    const told = await codeOf(auth.sessions.describe(session.id));
    await run('session-sweep');
    expect(await sessionRow(db, session.id)).toMatchObject(
      outcome === 'lives' ? { ended_at: null } : { ended_at: session.idleUntil, end_reason: 'idle' },
    );
    expect(await codeOf(auth.sessions.describe(session.id))).toBe(told);
  });

  it('the sweep goes through more than one batch, and what two instances sweep at once ends once', async () => {
    await importSessions(db, userId, 2_500, clock.now());
    const other = await startSessions(db, clock, rules);
    clock.advance(8 * dayMs);
    await Promise.all([run('session-sweep'), run('session-sweep', other)]);
    await run('session-sweep');
    const counts = await Promise.all(
      [auth, other].map(async ({ metrics }) => (await metricOf(metrics, 'sessions_ended_total')).idle ?? 0),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(2_500);
  });

  it('ended sessions are kept as long as configured, to the millisecond', async () => {
    const { session } = await openSession(auth, userId);
    await auth.sessions.end(userId, session.id);
    clock.advance(2 * dayMs);
    await run('session-sweep');
    expect(await codeOf(auth.sessions.describe(session.id))).toBe('session-logged-out');
    clock.advance(1);
    await run('session-sweep');
    expect(await sessionRow(db, session.id)).toBeUndefined();
    expect(await codeOf(auth.sessions.describe(session.id))).toBe('token-invalid');
  });

  it('a sweep that is told to stop changes nothing more', async () => {
    const { session } = await openSession(auth, userId);
    clock.advance(8 * dayMs);
    const stopped = AbortSignal.abort(new Error('the instance stops'));
    await expect(run('session-sweep', auth, stopped)).rejects.toThrow('the instance stops');
    expect(await sessionRow(db, session.id)).toMatchObject({ ended_at: null });
  });

  it('the gauges count live sessions and each user once in every window, half-open', async () => {
    const others = [await newUserId(auth), await newUserId(auth)] as const;
    await openSession(auth, others[0]);
    clock.advance(dayMs - 60 * minuteMs);
    const ended = await openSession(auth, others[1]);
    await auth.sessions.end(others[1], ended.session.id);
    clock.advance(55 * minuteMs);
    await openSession(auth, userId);
    await openSession(auth, userId);
    clock.advance(5 * minuteMs - 1);
    await run('session-gauges');
    expect(await metricOf(auth.metrics, 'users_active')).toEqual({ '5m': 1, '1h': 2, '1d': 3 });
    expect(await metricOf(auth.metrics, 'sessions_active')).toEqual({ all: 3 });
    clock.advance(1);
    await run('session-gauges');
    expect(await metricOf(auth.metrics, 'users_active')).toEqual({ '5m': 0, '1h': 1, '1d': 2 });
    clock.advance(7 * dayMs);
    await run('session-gauges');
    expect(await metricOf(auth.metrics, 'sessions_active')).toEqual({ all: 0 });
  });
});
