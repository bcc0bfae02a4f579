import { expect, it, onTestFinished } from 'vitest';
import { Metrics } from '../../../platform/metrics/index.js';
import { createPostgresDatabase, describePostgres, startService } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { routeServer } from '../../../testing/route-server.js';
import { authMigrations } from '../auth.migrations.js';
import { authRoutes } from '../auth.module.js';
import { metricOf, password, register, startAuth } from './auth-harness.js';

/** Differ from answer to answer, whoever asks. */
const ownOfRequest = ['x-request-id', 'date', 'traceparent'];

describePostgres('somebody who guesses at a login', () => {
  const start = async () => {
    const clock = new FakeClock();
    const metrics = new Metrics();
    const { url, drop } = await createPostgresDatabase(authMigrations);
    const service = await startService({ dataDir: undefined, url }, { clock, metrics });
    onTestFinished(async () => {
      await service.close();
      await drop();
    });
    const auth = await startAuth(service.database, clock);
    await register(auth);
    const server = await routeServer({ routes: authRoutes(auth), authenticator: auth.authenticator });
    const guess = async (login: string, remoteAddress: string) => {
      const answer = await server.inject({
        ...{ method: 'POST', url: '/api/v1/auth/login', remoteAddress },
        payload: { login, password: 'wrong-1234' },
      });
      const { requestId: _, traceId: __, ...body } = answer.json();
      const headers = Object.entries(answer.headers).filter(([name]) => !ownOfRequest.includes(name));
      return { status: answer.statusCode, headers: Object.fromEntries(headers), body };
    };
    const work = async () => ({
      ...(await metricOf(metrics, 'db_queries_total')),
      ...(await metricOf(metrics, 'db_transactions_total')),
      verifications: auth.hasher.verifications,
      hashes: auth.hasher.hashes,
    });
    return { clock, auth, guess, work };
  };

  /** What was done between two looks, by kind. */
  const difference = (before: Record<string, number>, after: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(after)
        .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
        .filter(([, times]) => times > 0),
    );

  it('learns nothing of whether it exists: not from answers, headers, statements or hashes, until it is locked', async () => {
    const { guess, work } = await start();
    const seen = async (login: string, address: string) => {
      const answers = [];
      for (let n = 0; n < 7; n += 1) {
        const before = await work();
        const answer = await guess(login, address);
        answers.push({ answer, done: difference(before, await work()) });
      }
      return answers;
    };
    const known = await seen('lin_daiyu', '198.51.100.1');
    const unknown = await seen('xue_baochai', '198.51.100.2');
    expect(unknown).toEqual(known);
    expect(known.map(({ answer }) => answer.body.code)).toEqual([
      ...Array<string>(5).fill('invalid-credentials'),
      ...Array<string>(2).fill('login-locked'),
    ]);
    expect(known.map(({ done }) => done.verifications ?? 0)).toEqual([1, 1, 1, 1, 1, 0, 0]);
    expect(Object.keys(known[0]?.done ?? {}).length).toBeGreaterThan(3);
  });

  it('is told when to come back, and the answer says the same in its header and its body', async () => {
    const { clock, auth, guess } = await start();
    for (let n = 0; n < 5; n += 1) await guess('lin_daiyu', '198.51.100.1');
    clock.advance(60_250);
    const { status, headers, body } = await guess('LIN_DAIYU', '198.51.100.9');
    expect([status, headers['retry-after']]).toEqual([429, '840']);
    expect(new Date(body.retryAt).getTime() - clock.now().getTime()).toBe(839_750);
    clock.advance(839_750);
    const open = { login: 'lin_daiyu', password, address: '198.51.100.9' };
    expect((await auth.signIn.login(open)).account.username).toBe('lin_daiyu');
  });
});
