import { pino } from 'pino';
import { Value } from 'typebox/value';
import { expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../../platform/database/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { createRedisService, type Redis, redisConfig } from '../../../platform/redis/index.js';
import { describePostgres } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedisServer, RedisServer, testKeyPrefix } from '../../../testing/redis.js';
import { authMigrations } from '../auth.migrations.js';
import { insertAuthChanges } from '../revocation/auth-changes.repository.js';
import { type Auth, configOf, login } from './auth-harness.js';
import {
  expectDecidedInMemory,
  refusalWithinASecond,
  signedInAtBoth,
  startFollowing,
} from './two-instances.js';

const clock = new FakeClock();
const lifeMs = 905_000;

async function connect(url: string, keyPrefix: string): Promise<Redis> {
  const config = { ...Value.Create(redisConfig), url, keyPrefix, commandTimeoutMs: 500 };
  const service = createRedisService({ config, log: pino({ level: 'silent' }), metrics: new Metrics() });
  onTestFinished(() => service.close());
  await service.initialize(AbortSignal.timeout(5_000));
  return service.redis;
}

const end = ({ sessions }: Auth, { account, session }: Awaited<ReturnType<typeof login>>) =>
  sessions.end(account.id, session.id);

describeRedisServer('with Redis', () => {
  describePostgres('two instances', (open) => {
    it('a logout is refused within a second with Redis up, its messages lost, Redis killed, and back', async () => {
      const server = await RedisServer.start();
      const proxy = await FaultProxy.start(server.url);
      const db = await open({ migrations: authMigrations, clock });
      const prefix = testKeyPrefix();
      const instance = async (url: string) =>
        startFollowing(db, clock, { redis: await connect(url, prefix) });
      const [here, there] = [await instance(server.url), await instance(proxy.url)];
      await signedInAtBoth(here, there);
      const faults: readonly (readonly [name: string, bring: () => unknown])[] = [
        ['up', () => {}],
        ['lost', () => Object.assign(proxy, { drop: 'to-client' })],
        ['killed', () => server.kill()],
        ['back', () => Promise.all([proxy.heal(), server.restart()])],
      ];
      for (const [name, bring] of faults) {
        const signedIn = await login(here);
        await there.authenticator.authenticate(signedIn.accessToken);
        await expectDecidedInMemory(there, signedIn.accessToken);
        await bring();
        await end(here, signedIn);
        const code = await refusalWithinASecond(there, signedIn.accessToken);
        expect(`${name}: ${code}`).toBe(`${name}: session-logged-out`);
      }
    });

    it('a message makes the others look at once, long before their next turn, and whatever it says is not believed', async () => {
      const server = await RedisServer.start();
      const db = await open({ migrations: authMigrations, clock });
      const prefix = testKeyPrefix();
      const revocation = { ...configOf().revocation, pollIntervalMs: 60_000 };
      const instance = async () =>
        startFollowing(db, clock, { revocation, redis: await connect(server.url, prefix) });
      const [here, there] = [await instance(), await instance()];
      const signedIn = await signedInAtBoth(here, there);
      const forger = await connect(server.url, prefix);
      for (const text of [
        '',
        `session ${signedIn.session.id} logout`,
        '{"kind":"user"}',
        '\0'.repeat(100_000),
      ]) {
        await forger.publish('auth-changes', text);
      }
      await expectDecidedInMemory(there, signedIn.accessToken);
      await expect.poll(() => there.tail.ageMs, { timeout: 5_000 }).toBeGreaterThan(500);
      await end(here, signedIn);
      await expect.poll(() => there.tail.ageMs, { timeout: 5_000 }).toBeLessThan(500);
      expect(await refusalWithinASecond(there, signedIn.accessToken)).toBe('session-logged-out');
    });
  });

  describePostgres('the mirror for gateways', (open) => {
    const start = async (server: RedisServer) => {
      const db: Database = await open({ migrations: authMigrations, clock });
      const redis = await connect(server.url, testKeyPrefix());
      const auth = await startFollowing(db, clock, { redis });
      onTestFinished(() => auth.mirror.close());
      await auth.mirror.initialize();
      const record = (kind: 'token' | 'session' | 'user' | 'role' | 'key', subject: string, reason: string) =>
        db.withTransaction({ name: 'change' }, (tx) => auth.changes.record(tx, [{ kind, subject, reason }]));
      const mirrored = async (key: string) => {
        const reply = await redis.get(`auth:revoked:${key}`);
        return reply.available ? (reply.value ?? 'none') : reply.why;
      };
      return { auth, db, redis, record, mirrored };
    };

    it('holds token, session and ban with their reason until no token of before lives, and drops a lifted ban', async () => {
      const { redis, record, mirrored } = await start(await RedisServer.start());
      await record('user', 'u1', 'banned');
      await record('user', 'u2', 'roles');
      await record('role', 'r1', 'permissions');
      await record('key', 'k1', 'published');
      await record('token', 't1', 'admin');
      await record('session', 's1', 'logout');
      await expect.poll(() => mirrored('session:s1'), { timeout: 3_000 }).toBe('logout');
      expect([await mirrored('token:t1'), await mirrored('user:u1')]).toEqual(['admin', 'banned']);
      for (const key of ['user:u2', 'role:r1', 'key:k1']) expect(await mirrored(key)).toBe('none');
      const ttl = await redis.ttl('auth:revoked:token:t1');
      if (!ttl.available || ttl.value === undefined) throw new Error('the key has no end');
      expect(ttl.value).toBeGreaterThan(lifeMs - 60_000);
      expect(ttl.value).toBeLessThanOrEqual(lifeMs);
      await record('user', 'u1', 'active');
      await expect.poll(() => mirrored('user:u1'), { timeout: 3_000 }).toBe('none');
    });

    it('is written anew with what is still alive when Redis comes back empty', async () => {
      const own = await RedisServer.start();
      const { db, auth, record, mirrored } = await start(own);
      const old = new Date(clock.now().getTime() - lifeMs);
      await db.withTransaction({ name: 'old' }, (tx) =>
        insertAuthChanges(tx, [{ kind: 'session', subject: 'old', reason: 'logout' }], old),
      );
      await record('session', 's1', 'logout');
      await record('user', 'u1', 'banned');
      await record('user', 'u1', 'active');
      await expect.poll(() => mirrored('session:s1'), { timeout: 3_000 }).toBe('logout');
      await own.kill();
      await record('session', 's2', 'evicted');
      await expect.poll(() => auth.tail.isFresh).toBe(true);
      await own.restart();
      await expect.poll(() => mirrored('session:s2'), { timeout: 10_000 }).toBe('evicted');
      expect(await mirrored('session:s1')).toBe('logout');
      for (const key of ['session:old', 'user:u1']) expect(await mirrored(key)).toBe('none');
    });
  });
});
