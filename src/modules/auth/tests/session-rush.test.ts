import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseService } from '../../../platform/database/index.js';
import { createPostgresDatabase, startService, testPostgresUrl } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { routeServer } from '../../../testing/route-server.js';
import { authMigrations } from '../auth.migrations.js';
import { authRoutes } from '../auth.module.js';
import { limitPolicies, limitScopes } from '../session/session.config.js';
import { deviceClasses } from '../session/session.domain.js';
import { type Auth, codeOf, password } from './auth-harness.js';
import { liveIds, newUserId, openSession, startSessions } from './session-harness.js';

const at = (index: number, instances: readonly Auth[]) => instances[index % instances.length] as Auth;

describe.skipIf(!testPostgresUrl)('a rush of sign-ins (needs QINGYU_TEST_POSTGRES_URL)', () => {
  const clock = new FakeClock();
  const services: DatabaseService[] = [];
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const made = await createPostgresDatabase(authMigrations);
    drop = made.drop;
    for (let n = 0; n < 2; n += 1) {
      services.push(await startService({ dataDir: undefined, url: made.url }, { clock }));
    }
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await drop();
  });

  /** Instances with pools of their own over one database. */
  const start = (count: number, rules: Parameters<typeof startSessions>[2]) =>
    Promise.all(services.slice(0, count).map(({ database }) => startSessions(database, clock, rules)));

  const cases = [1, 2].flatMap((count) =>
    limitPolicies.flatMap((policy) => limitScopes.map((scope) => ({ count, policy, scope }))),
  );

  it.each(cases)(
    '50 sign-ins at once on $count instances leave exactly 5 sessions: $policy by $scope',
    async ({ count, policy, scope }) => {
      const instances = await start(count, { policy, scope });
      const userId = await newUserId(at(0, instances));
      const codes = await Promise.all(
        Array.from({ length: 50 }, (_, n) => codeOf(openSession(at(n, instances), userId))),
      );
      expect(await liveIds(at(0, instances), userId)).toHaveLength(5);
      const admitted = codes.filter((code) => code === 'nothing was raised');
      const refused = codes.filter((code) => code === 'device-limit-reached');
      expect([admitted.length, refused.length]).toEqual(policy === 'reject' ? [5, 45] : [50, 0]);
    },
  );

  it('48 sign-ins at once from four classes of devices leave 5 sessions of each class', async () => {
    const instances = await start(2, { scope: 'device-class' });
    const userId = await newUserId(at(0, instances));
    const devices = Array.from({ length: 48 }, (_, n) => ({
      id: `device-${n}`,
      class: deviceClasses[n % 4] as (typeof deviceClasses)[number],
    }));
    await Promise.all(devices.map((device, n) => openSession(at(n >> 2, instances), userId, device)));
    expect(await liveIds(at(0, instances), userId)).toHaveLength(20);
  });

  it('50 people who sign in with a password over two instances at once are all let in', async () => {
    const instances = await start(2, {});
    const username = 'lin_daiyu';
    const { id } = await at(0, instances).accounts.register({ username, password });
    const servers = await Promise.all(
      instances.map((auth) => routeServer({ routes: authRoutes(auth), authenticator: auth.authenticator })),
    );
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        servers[n % 2]?.inject({
          method: 'POST',
          url: '/api/v1/auth/login',
          payload: { login: username, password },
        }),
      ),
    );
    expect(new Set(answers.map((answer) => answer?.statusCode))).toEqual(new Set([200]));
    const live = await liveIds(at(0, instances), id);
    expect(live).toHaveLength(5);
    const answered = answers.map((answer) => answer?.json().session.id);
    expect(answered).toEqual(expect.arrayContaining(live));
  });

  it('a sign-out of everything waits for a sign-in that began before it, and ends that as well', async () => {
    const [one, two] = await start(2, {});
    const userId = await newUserId(one as Auth);
    const first = await openSession(two as Auth, userId);
    const gate = new EventEmitter();
    const limit = {
      limitOf: async () => {
        const opened = once(gate, 'open');
        gate.emit('reached');
        await opened;
        return undefined;
      },
    };
    const [service] = services as [DatabaseService];
    const slow = await startSessions(service.database, clock, {}, limit);
    const reached = once(gate, 'reached');
    const signingIn = openSession(slow, userId);
    await reached;
    const ending = (two as Auth).sessions.endAll(userId, first.session.id, { exceptCurrent: false });
    for (let n = 0; n < 20; n += 1) await liveIds(two as Auth, userId);
    gate.emit('open');
    await signingIn;
    expect(await ending).toBe(2);
    expect(await liveIds(two as Auth, userId)).toEqual([]);
  });

  it('sign-ins, sign-outs, refreshes and sign-outs of everything at once never deadlock or pass the limit', async () => {
    const instances = await start(2, { touchIntervalSeconds: 1 });
    const userId = await newUserId(at(0, instances));
    const rounds = Array.from({ length: 40 }, async (_, n) => {
      const auth = at(n, instances);
      const { session, refreshToken } = await openSession(auth, userId, { id: `device-${n % 8}` });
      if (n % 4 === 1) await auth.sessions.end(userId, session.id);
      if (n % 4 === 2) await auth.sessions.refresh(refreshToken).catch(() => undefined);
      if (n % 8 === 3) await auth.sessions.endAll(userId, session.id, { exceptCurrent: true });
    });
    const outcomes = await Promise.allSettled(rounds);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect((await liveIds(at(0, instances), userId)).length).toBeLessThanOrEqual(5);
  });
});
