import { expect, it, onTestFinished } from 'vitest';
import { Metrics } from '../../../platform/metrics/index.js';
import { createPostgresDatabase, describePostgres, startService } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { authMigrations } from '../auth.migrations.js';
import { metricOf } from './auth-harness.js';
import { importSessions, liveIds, newUserId, openSession, startSessions } from './session-harness.js';

const many = 10_000;

describePostgres('a user with 10 000 live sessions', () => {
  it('signs in, lists and signs out of everything in as many statements as anybody else', async () => {
    const clock = new FakeClock();
    const metrics = new Metrics();
    const { url, drop } = await createPostgresDatabase(authMigrations);
    const service = await startService({ dataDir: undefined, url }, { clock, metrics });
    onTestFinished(async () => {
      await service.close();
      await drop();
    });
    const db = service.database;
    let raised = 2 * many;
    const auth = await startSessions(db, clock, {}, { limitOf: async () => raised });
    const statements = async () =>
      Object.values(await metricOf(metrics, 'db_queries_total')).reduce((sum, count) => sum + count, 0);
    const costOf = async (work: () => Promise<unknown>) => {
      const before = await statements();
      await work();
      return (await statements()) - before;
    };
    const steps = async (userId: string) => {
      const signedIn = await openSession(auth, userId, { id: 'phone' });
      return [
        await costOf(() => openSession(auth, userId, { id: 'phone' })),
        await costOf(() => auth.sessions.list(userId, 100, undefined)),
        await costOf(() => auth.sessions.endAll(userId, signedIn.session.id, { exceptCurrent: false })),
      ];
    };
    const modest = await newUserId(auth);
    await openSession(auth, modest);
    const costs = await steps(modest);

    const rich = await newUserId(auth);
    await importSessions(db, rich, many, clock.now());
    expect(await steps(rich)).toEqual(costs);
    expect(await liveIds(auth, rich)).toEqual([]);
    expect(await metricOf(auth.metrics, 'sessions_ended_total')).toMatchObject({
      'logout-all': many + 1 + 2,
      replaced: 2,
    });

    const fallen = await newUserId(auth);
    const ids = await importSessions(db, fallen, many, clock.now());
    raised = 1;
    const { session } = await openSession(auth, fallen);
    expect(await liveIds(auth, fallen)).toEqual([...ids.slice(-4), session.id].sort());
  });
});
