import { expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import { createPostgresDatabase, describePostgres, startService } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { authMigrations } from '../auth.migrations.js';
import { type Auth, codeOf, configOf, login, metricOf } from './auth-harness.js';
import {
  expectDecidedInMemory,
  readsOf,
  refusalWithinASecond,
  signedInAtBoth,
  startFollowing,
} from './two-instances.js';

const clock = new FakeClock();
const readTimeLimitMs = 250;
const revocation = { ...configOf().revocation, readTimeLimitMs };
const limits = { poolMax: 6, acquireTimeoutMs: 300, statementTimeoutMs: 300, closeTimeoutMs: 500 };

async function connect(url: string): Promise<Database> {
  const service = await startService({ dataDir: undefined, url, ...limits }, { clock });
  onTestFinished(() => service.close());
  return service.database;
}

/** Two instances over one database; `proxy` stands between it and the second. */
async function start() {
  const { url, drop } = await createPostgresDatabase(authMigrations);
  onTestFinished(drop);
  const proxy = await FaultProxy.start(url);
  const here = await startFollowing(await connect(url), clock, { revocation });
  const there = await startFollowing(await connect(proxy.url), clock, { revocation });
  return { proxy, here, there, signedIn: await signedInAtBoth(here, there) };
}

/** The outcome of a call, and that it came within a bound that is no hang. */
async function boundedCode({ authenticator }: Auth, accessToken: string): Promise<string> {
  const beganMs = performance.now();
  const code = await codeOf(authenticator.authenticate(accessToken));
  expect(performance.now() - beganMs).toBeLessThan(readTimeLimitMs + 3_000);
  return code;
}

const faults: Record<
  string,
  { bring: (proxy: FaultProxy) => unknown; mend: (proxy: FaultProxy) => unknown }
> = {
  'its database does not answer': {
    bring: (proxy) => Object.assign(proxy, { drop: 'both' }),
    mend: (proxy) => {
      proxy.heal();
      proxy.reset();
    },
  },
  'its database is down': { bring: (proxy) => proxy.kill(), mend: (proxy) => proxy.restart() },
};

describePostgres('an instance that is cut off', () => {
  it.each(Object.entries(faults))(
    'because %s answers 503 in time and lets nobody pass, least of all who was revoked meanwhile, and when it is back reads anew whom it remembered',
    async (_name, { bring, mend }) => {
      const { proxy, here, there, signedIn } = await start();
      const other = await login(here);
      await there.authenticator.authenticate(other.accessToken);
      await bring(proxy);
      await here.sessions.end(signedIn.account.id, signedIn.session.id);
      expect(await refusalWithinASecond(there, signedIn.accessToken)).toBe('auth-unavailable');
      for (const { accessToken } of [signedIn, other]) {
        expect(await boundedCode(there, accessToken)).toBe('auth-unavailable');
      }
      expect((await there.tail.health()).status).toBe('degraded');
      expect(Object.keys(await metricOf(there.metrics, 'auth_token_checks_total')).sort()).toEqual([
        'accepted',
        'auth-unavailable',
      ]);
      await mend(proxy);
      const health = async () => (await there.tail.health()).status;
      await expect.poll(health, { timeout: 10_000 }).toBe('healthy');
      expect(await codeOf(there.authenticator.authenticate(signedIn.accessToken))).toBe('session-logged-out');
      const before = await readsOf(there);
      await there.authenticator.authenticate(other.accessToken);
      expect(await readsOf(there)).toBe(before + 1);
      await expectDecidedInMemory(there, other.accessToken);
    },
  );

  it('stops in time, also in the middle of a look that hangs', async () => {
    const { proxy, there } = await start();
    proxy.drop = 'both';
    await expect.poll(async () => (await there.tail.health()).status, { timeout: 5_000 }).toBe('degraded');
    const beganMs = performance.now();
    await there.tail.close();
    expect(performance.now() - beganMs).toBeLessThan(readTimeLimitMs + 2_000);
  });
});
