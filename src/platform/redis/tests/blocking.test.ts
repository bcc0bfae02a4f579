import { expect, test } from 'vitest';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedis, describeRedisServer, RedisServer, testKeyPrefix } from '../../../testing/redis.js';
import { startRedisService, timed, toleranceMs, valueIn, whyOf } from './helpers.js';

describeRedis('a read that waits', (url) => {
  const start = () => startRedisService({ url, keyPrefix: testKeyPrefix() });

  test('gets what is there, in order, and then what comes, while commands go on', async () => {
    const { redis } = await start();
    expect(valueIn(await redis.push('list', 'a', '', '青'))).toBe(3);
    const next = async () => valueIn(await redis.blockingPop('list', 30_000));
    expect([await next(), await next(), await next()]).toEqual(['a', '', '青']);
    const waiting = next();
    await expect.poll(async () => valueIn(await redis.set('k', 'v'))).toBe(true);
    await redis.push('list', 'b');
    expect(await waiting).toBe('b');
  });

  test('ends with nothing when its time is over, also when it is longer than that of a command', async () => {
    const { redis } = await start();
    const { answer, ms } = await timed(() => redis.blockingPop('none', 700));
    expect(answer).toEqual({ available: true, value: undefined });
    expect(ms).toBeGreaterThanOrEqual(690);
    expect(ms).toBeLessThan(700 + toleranceMs);
    expect(valueIn(await redis.blockingPop('none', 0))).toBeUndefined();
  });

  test('those behind it wait for their turn, within their own time', async () => {
    const { redis } = await start();
    const { answer, ms } = await timed(() =>
      Promise.all([redis.blockingPop('none', 400), redis.blockingPop('none', 300)]),
    );
    expect(answer.map(valueIn)).toEqual([undefined, undefined]);
    expect(ms).toBeLessThan(650 + toleranceMs);
    const [first, second] = [redis.blockingPop('list', 30_000), redis.blockingPop('list', 30_000)];
    await redis.push('list', 'a', 'b');
    expect([valueIn(await first), valueIn(await second)]).toEqual(['a', 'b']);
  });

  test('no more than a hundred wait', async () => {
    const { redis, metric } = await start();
    const replies = Array.from({ length: 120 }, () => redis.blockingPop('list', 200));
    const outcomes = (await Promise.all(replies)).map(whyOf);
    expect(outcomes.filter((outcome) => outcome === 'queue-full')).toHaveLength(20);
    expect(await metric('redis_commands_total', { command: 'blpop', outcome: 'queue-full' })).toBe(20);
  });

  test('of a key that is no list it is refused', async () => {
    const { redis } = await start();
    await redis.set('text', 'v');
    expect(whyOf(await redis.blockingPop('text', 1_000))).toBe('refused');
  });
});

describeRedisServer('a read that waits while Redis fails', () => {
  test('is over when its connection breaks, and the next one is served', async () => {
    const server = await RedisServer.start();
    const proxy = await FaultProxy.start(server.url);
    const { redis } = await startRedisService({ url: proxy.url });
    expect(valueIn(await redis.blockingPop('list', 1))).toBeUndefined();
    const waiting = redis.blockingPop('list', 30_000);
    await expect.poll(() => server.command('client list')).toMatch(/cmd=blpop/);
    proxy.reset();
    expect(whyOf(await waiting)).toBe('not-connected');
    await expect.poll(async () => whyOf(await redis.blockingPop('list', 10))).toBe('available');
  });

  test('of a server that hangs it ends one deadline after its own time', async () => {
    const server = await RedisServer.start();
    const { redis } = await startRedisService({ url: server.url });
    await redis.blockingPop('list', 1);
    server.hang();
    const { answer, ms } = await timed(() => redis.blockingPop('list', 200));
    expect(whyOf(answer)).toBe('not-connected');
    expect(ms).toBeLessThan(200 + 500 + toleranceMs);
    server.goOn();
  });
});
