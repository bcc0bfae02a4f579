import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../testing/fake-clock.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedis, describeRedisServer, RedisServer, testKeyPrefix } from '../../../testing/redis.js';
import { Metrics } from '../../metrics/index.js';
import type { Redis } from '../../redis/index.js';
import type { PolicyName, RateDecision, RateLimitService } from '../index.js';
import { limitsOn, openRedis, passedOf } from './fixture.js';

const address = '203.0.113.7';
const userId = '0198c5a4-7d20-7c6e-9d3b-3f1f0c6f5a11';

const callsOf = (limits: RateLimitService, calls: number, policy: PolicyName = 'guest', who: object = {}) =>
  Array.from({ length: calls }, () => limits.take(policy, { address, userId, ...who }));

async function decisions(metrics: Metrics): Promise<Record<string, number>> {
  const found = await metrics.registry.getSingleMetric('http_rate_limit_decisions_total')?.get();
  return Object.fromEntries((found?.values ?? []).map(({ labels, value }) => [labels.tier, value]));
}

describe('the limits of an instance by itself', () => {
  test.each([
    ['guest', 300],
    ['user', 1_200],
    ['sign-in', 20],
    ['ai', 60],
    ['upload', 60],
    ['export', 5],
  ] as const)('let pass exactly what the rules say of %s in a minute: %i', async (policy, limit) => {
    expect(await passedOf(callsOf(limitsOn(), limit + 100, policy))).toBe(limit);
  });

  test('answer at once, without a promise', () => {
    expect(limitsOn().take('user', { address, userId })).toEqual({
      policy: 'user',
      allowed: true,
      limit: 1_200,
      windowMs: 60_000,
      remaining: 1_199,
      retryAfterMs: 0,
    });
  });

  test('keep policies, users, addresses and IPv6 networks apart', async () => {
    const limits = limitsOn({}, { guestPerMinute: 1, userPerMinute: 1, signInPerMinute: 1 });
    const take = (policy: PolicyName, who: object = {}) => passedOf(callsOf(limits, 2, policy, who));
    expect([await take('guest'), await take('sign-in'), await take('user')]).toEqual([1, 1, 1]);
    expect([
      await take('guest', { address: '203.0.113.8' }),
      await take('user', { userId: 'another' }),
    ]).toEqual([1, 1]);
    const networks = ['2001:db8::1', '2001:db8::ffff:2', '2001:db8:0:1::1'].map((ip) =>
      take('guest', { address: ip }),
    );
    expect(await Promise.all(networks)).toEqual([1, 0, 1]);
  });

  test('say exactly when one call passes again', async () => {
    const clock = new FakeClock();
    const limits = limitsOn({ clock });
    callsOf(limits, 5, 'export');
    const refused = limits.take('export', { address, userId }) as RateDecision;
    expect([refused.allowed, refused.remaining, refused.retryAfterMs]).toEqual([false, 0, 60_000 + 12_000]);
    clock.advance(refused.retryAfterMs - 1);
    expect(await passedOf(callsOf(limits, 1, 'export'))).toBe(0);
    clock.advance(1);
    expect(await passedOf(callsOf(limits, 2, 'export'))).toBe(1);
  });

  test('a policy of users needs one', () => {
    expect(() => limitsOn().take('ai', { address })).toThrow('counts users');
  });
});

describe('the factor of a user', () => {
  test('multiplies the general and the AI limit, and no other', async () => {
    const limits = limitsOn({ factor: { factorOf: () => 2 } });
    const passed = async (policy: PolicyName) => passedOf(callsOf(limits, 5_000, policy));
    expect([await passed('user'), await passed('ai'), await passed('upload'), await passed('guest')]).toEqual(
      [2_400, 120, 60, 300],
    );
  });

  test('that has to be looked up is asked once in seconds; a failure leaves the last one, or 1', async () => {
    let asked = 0;
    let fails = true;
    const factor = {
      factorOf: async () => {
        asked += 1;
        if (fails) throw new Error('the membership is not known');
        return 4;
      },
    };
    const limits = limitsOn({ factor }, { factorSeconds: 1 });
    expect((await limits.take('ai', { address, userId })).limit).toBe(60);
    fails = false;
    await passedOf(callsOf(limits, 50, 'ai'));
    expect(asked).toBe(1);
    await expect
      .poll(async () => (await limits.take('ai', { address, userId })).limit, { timeout: 5_000 })
      .toBe(240);
    fails = true;
    await expect.poll(() => limits.take('ai', { address, userId }) && asked, { timeout: 5_000 }).toBe(3);
    expect((await limits.take('ai', { address, userId })).limit).toBe(240);
  });

  test('below 1 counts as 1', () => {
    expect(limitsOn({ factor: { factorOf: () => 0 } }).take('ai', { address, userId })).toMatchObject({
      limit: 60,
    });
  });
});

describeRedis('instances that share a Redis', (url) => {
  test('let pass the limit together: of 400 at once on two, exactly 300', async () => {
    const keyPrefix = testKeyPrefix();
    const [one, other] = [
      limitsOn({ redis: await openRedis(url, { keyPrefix }) }),
      limitsOn({ redis: await openRedis(url, { keyPrefix }) }),
    ];
    expect(await passedOf([...callsOf(one, 200), ...callsOf(other, 200)])).toBe(300);
  });

  test('count by Redis, and say so', async () => {
    const metrics = new Metrics();
    await passedOf(callsOf(limitsOn({ metrics, redis: await openRedis(url) }), 7));
    expect(await decisions(metrics)).toEqual({ redis: 7, local: 0 });
  });
});

describeRedisServer('when Redis goes', () => {
  test('killed in the middle: no call fails, the instance goes on with what it counted, and shares again afterwards', async () => {
    const server = await RedisServer.start();
    const metrics = new Metrics();
    const redis = await openRedis(server.url);
    const limits = limitsOn({ redis, metrics }, { redisPauseMs: 1 });
    expect(await passedOf(callsOf(limits, 200))).toBe(200);
    const underWay = callsOf(limits, 50);
    await server.kill();
    expect((await Promise.all(underWay)).length).toBe(50);
    expect(await passedOf(callsOf(limits, 400))).toBeLessThanOrEqual(100);
    expect(await passedOf(callsOf(limits, 1))).toBe(0);
    expect((await decisions(metrics)).local).toBeGreaterThan(400);
    await server.restart();
    await expect.poll(() => redis.available, { timeout: 10_000 }).toBe(true);
    await limits.take('guest', { address });
    const before = (await decisions(metrics)).redis as number;
    await passedOf(callsOf(limits, 10));
    expect((await decisions(metrics)).redis).toBe(before + 10);
  });

  test('slow: a call waits for its deadline at most, and those after it do not wait at all', async () => {
    const server = await RedisServer.start();
    const proxy = await FaultProxy.start(server.url);
    const redis = await openRedis(proxy.url, { commandTimeoutMs: 100 });
    const limits = limitsOn({ redis }, { redisPauseMs: 60_000 });
    await limits.take('guest', { address });
    proxy.drop = 'both';
    const startMs = performance.now();
    expect((await limits.take('guest', { address })).allowed).toBe(true);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    const after = limits.take('guest', { address });
    expect(after).not.toBeInstanceOf(Promise);
    expect(after).toMatchObject({ allowed: true, remaining: 297 });
  });
});

test('an instance whose Redis fails counts by itself, and after the pause asks with one call at a time', async () => {
  const answers: ((reply: object) => void)[] = [];
  const redis = {
    available: true,
    run: () => new Promise((resolve) => answers.push(resolve)),
  } as unknown as Redis;
  const fail = () => answers.at(-1)?.({ available: false, why: 'timed-out' });
  const limits = limitsOn({ redis }, { redisPauseMs: 20, guestPerMinute: 1_000 });
  const first = limits.take('guest', { address });
  fail();
  expect((await first).allowed).toBe(true);
  expect(limits.take('guest', { address })).not.toBeInstanceOf(Promise);
  const asked = () => limits.take('guest', { address }) instanceof Promise;
  await expect.poll(asked, { interval: 1 }).toBe(true);
  expect([asked(), asked(), answers.length]).toEqual([false, false, 2]);
  fail();
  await expect.poll(asked, { interval: 1 }).toBe(true);
  answers.at(-1)?.({ available: true, value: [1, 1, 1, 0] });
  await expect.poll(asked).toBe(true);
  expect([asked(), asked(), answers.length > 4]).toEqual([true, true, true]);
});
