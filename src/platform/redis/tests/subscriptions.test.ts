import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedis, describeRedisServer, RedisServer, testKeyPrefix } from '../../../testing/redis.js';
import type { Redis } from '../index.js';
import { recoveryMs, startRedisService, valueIn, whyOf } from './helpers.js';

/** Listens, and counts the gaps it is told of. */
function listen(redis: Redis, channel: string) {
  const messages: string[] = [];
  let gaps = 0;
  const stop = redis.subscribe(
    channel,
    (message) => messages.push(message),
    () => {
      gaps += 1;
    },
  );
  onTestFinished(stop);
  return { messages, gaps: () => gaps, stop };
}

describeRedis('a subscription', (url) => {
  const start = () => startRedisService({ url, keyPrefix: testKeyPrefix() });

  test('gets every message in order once it was told that there may be a gap', async () => {
    const { redis } = await start();
    const { messages, gaps } = listen(redis, 'news');
    await expect.poll(gaps).toBe(1);
    const sent = Array.from({ length: 500 }, (_, index) => `消息 ${index}`);
    const took = await Promise.all(sent.map((message) => redis.publish('news', message)));
    expect(took.map(valueIn)).toEqual(sent.map(() => 1));
    await expect.poll(() => messages).toEqual(sent);
    expect(gaps()).toBe(1);
  });

  test('several listeners of a channel each get a message, and each its own first gap', async () => {
    const { redis } = await start();
    const first = listen(redis, 'news');
    await expect.poll(first.gaps).toBe(1);
    const second = listen(redis, 'news');
    await expect.poll(second.gaps).toBe(1);
    const other = listen(redis, 'other');
    await expect.poll(other.gaps).toBe(1);
    await redis.publish('news', 'a');
    await expect.poll(() => [first.messages, second.messages]).toEqual([['a'], ['a']]);
    expect([other.messages, first.gaps()]).toEqual([[], 1]);
  });

  test('ends where it is told to, and the others go on', async () => {
    const { redis } = await start();
    const leaving = listen(redis, 'news');
    const staying = listen(redis, 'news');
    await expect.poll(staying.gaps).toBe(1);
    leaving.stop();
    leaving.stop();
    await redis.publish('news', 'a');
    await expect.poll(() => staying.messages).toEqual(['a']);
    expect(leaving.messages).toEqual([]);
    staying.stop();
    await expect.poll(async () => valueIn(await redis.publish('news', 'b'))).toBe(0);
    const again = listen(redis, 'news');
    await expect.poll(again.gaps).toBe(1);
    await redis.publish('news', 'c');
    await expect.poll(() => again.messages).toEqual(['c']);
  });

  test('a listener that throws keeps the message from nobody', async () => {
    const { redis, log } = await start();
    redis.subscribe('news', () => {
      throw new Error('not today');
    });
    const { messages, gaps } = listen(redis, 'news');
    await expect.poll(gaps).toBe(1);
    await redis.publish('news', 'a');
    await expect.poll(() => messages).toEqual(['a']);
    expect(log()).toContain('not today');
  });

  test('commands go on while there are subscriptions', async () => {
    const { redis } = await start();
    const { gaps } = listen(redis, 'news');
    await expect.poll(gaps).toBe(1);
    expect(valueIn(await redis.set('k', 'v'))).toBe(true);
  });
});

describeRedisServer('a subscription while Redis fails', () => {
  const start = async () => {
    const server = await RedisServer.start();
    const proxy = await FaultProxy.start(server.url);
    return { server, proxy, ...(await startRedisService({ url: proxy.url })) };
  };

  test.each(['kill', 'reset', 'vanish'] as const)(
    'is renewed by itself after a %s, and told of the gap',
    async (fault) => {
      const { redis, proxy } = await start();
      const { messages, gaps } = listen(redis, 'news');
      await expect.poll(gaps).toBe(1);
      await proxy[fault]();
      if (fault === 'kill') await proxy.restart();
      // Nothing needs to be sent for a silent end to be noticed: two looks, one deadline.
      await expect.poll(gaps, { timeout: recoveryMs + 1_500 }).toBe(2);
      await expect.poll(async () => whyOf(await redis.publish('news', 'a'))).toBe('available');
      await expect.poll(() => messages).toContain('a');
    },
  );

  test('made during an outage, it begins when Redis comes', async () => {
    const server = await RedisServer.start([], { launch: false });
    const { redis } = await startRedisService({ url: server.url });
    const { messages, gaps } = listen(redis, 'news');
    expect(whyOf(await redis.publish('news', 'lost'))).toBe('not-connected');
    await server.restart();
    await expect.poll(gaps, { timeout: recoveryMs }).toBe(1);
    await expect.poll(async () => whyOf(await redis.publish('news', 'a'))).toBe('available');
    await expect.poll(() => messages).toEqual(['a']);
  });

  test('a channel that the user may not hear is named in the log, and the others are heard', async () => {
    const server = await RedisServer.start();
    await server.command('acl setuser app on >secret ~* +@all resetchannels &qingyu:open');
    const url = `redis://app:secret@127.0.0.1:${server.port}`;
    const { redis, log } = await startRedisService({ url });
    const closed = listen(redis, 'closed');
    const open = listen(redis, 'open');
    await expect.poll(open.gaps).toBe(1);
    await redis.publish('open', 'a');
    await expect.poll(() => open.messages).toEqual(['a']);
    expect(closed.gaps()).toBe(0);
    expect(log()).toMatch(/NOPERM/);
    expect(log()).toContain('qingyu:closed');
  });
});
