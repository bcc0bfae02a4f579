import { expect, test } from 'vitest';
import { describeRedis, testKeyPrefix } from '../../../testing/redis.js';
import { defineScript, type PipelineCommand } from '../index.js';
import { startRedisService, valueIn, whyOf } from './helpers.js';

describeRedis('a command', (url) => {
  const start = async (keyPrefix = testKeyPrefix()) => {
    const started = await startRedisService({ url, keyPrefix });
    /** The same server, past the prefix. */
    const bare = () => startRedisService({ url, keyPrefix: '' }).then(({ redis }) => redis);
    return { ...started, keyPrefix, bare };
  };

  test('ping answers, and the port says that it is configured and available', async () => {
    const { redis } = await start();
    expect(await redis.ping()).toEqual({ available: true, value: true });
    expect([redis.configured, redis.available]).toEqual([true, true]);
  });

  test('a missing key is undefined, an empty value is not', async () => {
    const { redis } = await start();
    await redis.set('empty', '');
    expect(valueIn(await redis.get('none'))).toBeUndefined();
    expect(valueIn(await redis.get('empty'))).toBe('');
    expect(valueIn(await redis.getBytes('none'))).toBeUndefined();
    expect(valueIn(await redis.getBytes('empty'))).toEqual(Buffer.alloc(0));
  });

  test.each(['青羽 🪶 \u0000 \r\n$3\r\n', 'x'.repeat(1_000_000)])(
    'text comes back as it was (%#)',
    async (text) => {
      const { redis } = await start();
      expect(valueIn(await redis.set('k', text))).toBe(true);
      expect(valueIn(await redis.get('k'))).toBe(text);
    },
  );

  test('bytes come back as they were, also those of a part of an array', async () => {
    const { redis } = await start();
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    await redis.set('all', all);
    await redis.set('part', all.subarray(128, 130));
    expect(valueIn(await redis.getBytes('all'))).toEqual(Buffer.from(all));
    expect(valueIn(await redis.getBytes('part'))).toEqual(Buffer.from([128, 129]));
    expect(valueIn(await redis.mgetBytes(['part', 'none']))).toEqual([Buffer.from([128, 129]), undefined]);
  });

  test('set with nx takes only an absent key, with xx only a present one', async () => {
    const { redis } = await start();
    expect(valueIn(await redis.set('k', 'a', { when: 'xx' }))).toBe(false);
    expect(valueIn(await redis.set('k', 'b', { when: 'nx' }))).toBe(true);
    expect(valueIn(await redis.set('k', 'c', { when: 'nx' }))).toBe(false);
    expect(valueIn(await redis.set('k', 'd', { when: 'xx' }))).toBe(true);
    expect(valueIn(await redis.get('k'))).toBe('d');
  });

  test('of fifty that set the same key with nx at once, one succeeds', async () => {
    const { redis } = await start();
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) => redis.set('k', String(index), { when: 'nx' })),
    );
    expect(replies.filter((reply) => valueIn(reply))).toHaveLength(1);
  });

  test('a value with a time to live ends, and its rest can be seen', async () => {
    const { redis } = await start();
    await redis.set('short', 'v', { ttlMs: 30 });
    await redis.set('long', 'v', { ttlMs: 60_000.5, when: 'nx' });
    await redis.set('endless', 'v');
    const left = valueIn(await redis.ttl('long'));
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_001);
    expect(valueIn(await redis.ttl('endless'))).toBe(Number.POSITIVE_INFINITY);
    await expect.poll(async () => valueIn(await redis.exists('short'))).toBe(false);
    expect(valueIn(await redis.ttl('short'))).toBeUndefined();
    expect(valueIn(await redis.expire('endless', 60_000))).toBe(true);
    expect(valueIn(await redis.ttl('endless'))).toBeLessThanOrEqual(60_000);
    expect(valueIn(await redis.expire('none', 60_000))).toBe(false);
    expect(whyOf(await redis.set('k', 'v', { ttlMs: 0 }))).toBe('refused');
  });

  test('delete and exists tell what was there', async () => {
    const { redis } = await start();
    await redis.mset({ a: '1', b: new Uint8Array([50]) });
    expect(valueIn(await redis.exists('a'))).toBe(true);
    expect(valueIn(await redis.mget(['a', 'none', 'b']))).toEqual(['1', undefined, '2']);
    expect(valueIn(await redis.delete('a', 'b', 'none'))).toBe(2);
    expect(valueIn(await redis.exists('a'))).toBe(false);
  });

  test('nothing to do is done: no keys, no fields, no members, no commands', async () => {
    const { redis } = await start();
    const replies = [
      await redis.delete(),
      await redis.mget([]),
      await redis.mgetBytes([]),
      await redis.mset({}),
      await redis.hset('h', {}),
      await redis.hdel('h'),
      await redis.sadd('s'),
      await redis.srem('s'),
      await redis.pipeline([]),
    ];
    expect(replies.map((reply) => valueIn<unknown>(reply))).toEqual([0, [], [], true, 0, 0, 0, 0, []]);
  });

  test('hashes keep fields of any name', async () => {
    const { redis } = await start();
    expect(valueIn(await redis.hset('h', { a: '1', constructor: '2', ['__proto__']: '3' }))).toBe(3);
    expect(valueIn(await redis.hset('h', { a: '4' }))).toBe(0);
    expect(valueIn(await redis.hget('h', 'a'))).toBe('4');
    expect(valueIn(await redis.hget('h', 'none'))).toBeUndefined();
    const all = valueIn(await redis.hgetall('h'));
    expect(Object.entries(all).sort()).toEqual([
      ['__proto__', '3'],
      ['a', '4'],
      ['constructor', '2'],
    ]);
    expect(valueIn(await redis.hdel('h', 'a', 'none'))).toBe(1);
    expect(valueIn(await redis.hgetall('none'))).toEqual({});
  });

  test('sets keep each member once', async () => {
    const { redis } = await start();
    expect(valueIn(await redis.sadd('s', 'a', 'b', 'a'))).toBe(2);
    expect(valueIn(await redis.smembers('s')).sort()).toEqual(['a', 'b']);
    expect(valueIn(await redis.srem('s', 'a', 'none'))).toBe(1);
    expect(valueIn(await redis.smembers('none'))).toEqual([]);
  });

  test('a hundred increments at once add up', async () => {
    const { redis } = await start();
    await Promise.all(Array.from({ length: 100 }, () => redis.incr('n')));
    expect(valueIn(await redis.incrBy('n', 11))).toBe(111);
    expect(valueIn(await redis.decr('n'))).toBe(110);
    expect(valueIn(await redis.decrBy('n', 10))).toBe(100);
  });

  test('a refusal by the server is a refusal with its code, and never a miss', async () => {
    const { redis, metric } = await start();
    await redis.set('text', 'v');
    const reply = await redis.hget('text', 'a');
    expect(reply).toMatchObject({ available: false, why: 'refused', error: { code: 'WRONGTYPE' } });
    expect(whyOf(await redis.incr('text'))).toBe('refused');
    expect(whyOf(await redis.incrBy('n', 1.5))).toBe('refused');
    expect(valueIn(await redis.get('text'))).toBe('v');
    expect(await metric('redis_commands_total', { command: 'hget', outcome: 'refused' })).toBe(1);
  });

  test('keys and channels carry the prefix, so that installations do not meet', async () => {
    const { redis, bare, keyPrefix } = await start();
    const other = (await start()).redis;
    const plain = await bare();
    await redis.mset({ k: 'v' });
    await redis.sadd('s', 'm');
    expect(valueIn(await plain.get(`${keyPrefix}k`))).toBe('v');
    expect(valueIn(await plain.exists(`${keyPrefix}s`))).toBe(true);
    expect(valueIn(await other.get('k'))).toBeUndefined();
    const got: string[] = [];
    plain.subscribe(`${keyPrefix}news`, (message) => got.push(message));
    await expect.poll(async () => valueIn(await redis.publish('news', 'n'))).toBe(1);
    await expect.poll(() => got).toEqual(['n']);
  });

  test('each command of a pipeline has its own outcome, in order, under the prefix', async () => {
    const { redis } = await start();
    await redis.set('text', 'v');
    const commands: PipelineCommand[] = [
      { command: 'set', args: ['a', new Uint8Array([0xff, 0]), 'PX', 60_000] },
      { command: 'hget', args: ['text', 'f'] },
      { command: 'get', args: ['a'], bytes: true },
      { command: 'mset', args: ['b', 1, 'c', 2] },
      { command: 'get', args: ['none'] },
    ];
    const replies = valueIn(await redis.pipeline(commands));
    expect(replies.map((reply) => (reply.available ? reply.value : reply.why))).toEqual([
      'OK',
      'refused',
      Buffer.from([0xff, 0]),
      'OK',
      null,
    ]);
    expect(valueIn(await redis.mget(['b', 'c']))).toEqual(['1', '2']);
    expect(valueIn(await redis.exists('a'))).toBe(true);
  });

  test('a thousand commands fit one pipeline', async () => {
    const { redis } = await start();
    const commands = Array.from({ length: 1_000 }, () => ({ command: 'incr', args: ['n'] }) as const);
    const replies = valueIn(await redis.pipeline(commands));
    expect(replies.map(valueIn)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  test('a script runs by its hash, gets its keys prefixed, and is sent again when it was forgotten', async () => {
    const { redis, bare, metric } = await start();
    const lua = `redis.call('set', KEYS[1], ARGV[1]) return {KEYS[1], ARGV[1], 7} -- ${testKeyPrefix()}`;
    const script = defineScript({ name: 'put', lua });
    const first = valueIn(await redis.run(script, ['k'], ['青'])) as string[];
    expect(first[0]).toMatch(/^test-.*:k$/);
    expect(first.slice(1)).toEqual(['青', 7]);
    expect(valueIn(await redis.run(script, ['k'], [new Uint8Array([65])]))).toEqual([first[0], 'A', 7]);
    expect(valueIn(await redis.get('k'))).toBe('A');
    expect(await metric('redis_commands_total', { command: 'put', outcome: 'ok' })).toBe(2);
    expect((await bare()).available).toBe(true);
  });

  test('a script that fails is refused with its words', async () => {
    const { redis } = await start();
    const script = defineScript({ name: 'fail', lua: "return redis.error_reply('NOTNOW come later')" });
    expect(await redis.run(script, [], [])).toMatchObject({
      why: 'refused',
      error: { code: 'NOTNOW', message: 'NOTNOW come later' },
    });
    const broken = defineScript({ name: 'broken', lua: 'this is no Lua' });
    expect(whyOf(await redis.run(broken, [], []))).toBe('refused');
  });

  test('a value that cannot be sent is no answer, and others are served on', async () => {
    const { redis } = await start();
    const unsendable = {
      toString() {
        throw new Error('no text');
      },
    } as unknown as string;
    const [bad, good] = await Promise.all([redis.publish('c', unsendable), redis.set('k', 'v')]);
    expect(bad.available).toBe(false);
    expect(valueIn(good)).toBe(true);
  });
});
