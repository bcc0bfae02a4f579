import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedisServer, RedisServer } from '../../../testing/redis.js';
import { sectionDefaults } from '../../config/index.js';
import { Metrics } from '../../metrics/index.js';
import { createRedisService, defineScript, type RedisConfig, redisConfig } from '../index.js';
import { expectRecovery, startRedisService, timed, toleranceMs, valueIn, whyOf } from './helpers.js';

const deadlineMs = 500;
/** Connecting is refused or accepted at once on this machine; what hangs is the first answer. */
const startMsMax = 2 * deadlineMs + toleranceMs;

/** A server, a proxy before it, and the client behind that. */
async function start(values: Partial<RedisConfig> = {}) {
  const server = await RedisServer.start();
  const proxy = await FaultProxy.start(server.url);
  return { server, proxy, ...(await startRedisService({ url: proxy.url, ...values })) };
}

describeRedisServer('while Redis fails', () => {
  const strays: unknown[] = [];
  const stray = (reason: unknown) => void strays.push(reason);
  beforeEach(() => {
    process.on('unhandledRejection', stray);
  });
  afterEach(() => {
    process.off('unhandledRejection', stray);
    expect(strays.splice(0)).toEqual([]);
  });

  test('refused at the start: the start succeeds, commands fail at once, and it is found when it comes', async () => {
    const server = await RedisServer.start([], { launch: false });
    const { answer, ms } = await timed(() => startRedisService({ url: server.url }));
    expect(ms).toBeLessThan(startMsMax);
    const { redis, service, metric, log } = answer;
    const asked = await timed(() => redis.get('k'));
    expect(asked.answer).toMatchObject({ available: false, why: 'not-connected' });
    expect(asked.ms).toBeLessThan(deadlineMs);
    expect(redis.available).toBe(false);
    expect(await service.health()).toMatchObject({
      status: 'unhealthy',
      detail: expect.stringMatching(/no connection to Redis at 127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    });
    expect(await metric('redis_up')).toBe(0);
    await server.restart();
    await expectRecovery(() => redis.ping());
    expect(await service.health()).toEqual({ status: 'healthy' });
    expect([await metric('redis_up'), await metric('redis_reconnects_total')]).toEqual([1, 1]);
    // However many attempts there were, an outage is two lines.
    expect(log().match(/not available, trying again/g)).toHaveLength(1);
    expect(log().match(/Redis is back/g)).toHaveLength(1);
  });

  test('refused later: commands fail at once, and it is found when it comes back', async () => {
    const { redis, proxy } = await start();
    await redis.set('k', 'v');
    await proxy.kill();
    await expect.poll(async () => whyOf(await redis.get('k'))).toBe('not-connected');
    const { ms } = await timed(() => Promise.all(Array.from({ length: 1_000 }, () => redis.get('k'))));
    expect(ms).toBeLessThan(deadlineMs);
    await proxy.restart();
    await expectRecovery(() => redis.ping());
    expect(valueIn(await redis.get('k'))).toBe('v');
  });

  test('hanging: no command outlives its deadline, and no hundred at once do', async () => {
    const { redis, server, service } = await start();
    server.hang();
    const { answer, ms } = await timed(() =>
      Promise.all(Array.from({ length: 100 }, (_, index) => redis.set(`k${index}`, 'v'))),
    );
    expect(ms).toBeGreaterThanOrEqual(deadlineMs);
    expect(ms).toBeLessThan(deadlineMs + toleranceMs);
    expect(new Set(answer.map(whyOf))).toContain('timed-out');
    expect(answer.some((reply) => reply.available)).toBe(false);
    // The connection was given up, so the next one need not wait.
    expect((await timed(() => redis.get('k1'))).ms).toBeLessThan(deadlineMs);
    const health = await timed(() => service.health());
    expect(health.answer.status).toBe('unhealthy');
    server.goOn();
    await expectRecovery(() => redis.ping());
  });

  test('hanging at the start: the start waits no longer than for the first answer', async () => {
    const server = await RedisServer.start();
    server.hang();
    const { answer, ms } = await timed(() => startRedisService({ url: server.url }));
    expect(ms).toBeLessThan(startMsMax);
    expect(whyOf(await answer.redis.ping())).toBe('not-connected');
    server.goOn();
    await expectRecovery(() => answer.redis.ping());
  });

  test('slow, but within the deadline: commands are answered, on the same connection', async () => {
    const { redis, proxy, metric } = await start();
    proxy.delayMs = 60;
    const { answer, ms } = await timed(() => redis.set('k', 'v'));
    expect(valueIn(answer)).toBe(true);
    expect(ms).toBeGreaterThanOrEqual(119);
    expect(await metric('redis_reconnects_total')).toBe(0);
  });

  test('slower than the deadline: commands time out, and a late answer is never that of another command', async () => {
    const { redis, proxy } = await start({ commandTimeoutMs: 100 });
    await redis.mset({ a: 'a', b: 'b' });
    proxy.delayMs = 150;
    const late = await timed(() => redis.get('a'));
    expect(whyOf(late.answer)).toBe('timed-out');
    expect(late.ms).toBeLessThan(100 + toleranceMs);
    proxy.heal();
    await expectRecovery(() => redis.ping());
    expect(valueIn(await redis.get('b'))).toBe('b');
    expect(valueIn(await redis.get('a'))).toBe('a');
  });

  test('overload: what waits too long times out, and the connection, which still answers, is kept', async () => {
    const { redis, proxy, metric } = await start();
    await redis.set('k', 'x'.repeat(100));
    proxy.bytesPerSecond = 30_000;
    const replies = await Promise.all(Array.from({ length: 2_000 }, () => redis.get('k')));
    expect([...new Set(replies.map(whyOf))].sort()).toEqual(['available', 'timed-out']);
    proxy.heal();
    await expectRecovery(() => redis.ping());
    expect(await metric('redis_reconnects_total')).toBe(0);
  });

  test.each(['before', 'after'] as const)(
    'killed in mid-command, %s the server has it: the command is lost, never repeated',
    async (when) => {
      const { redis, proxy, server } = await start();
      await redis.set('n', '0');
      proxy.cutAt = { text: 'incr', when };
      expect(whyOf(await redis.incr('n'))).toBe('not-connected');
      await expectRecovery(() => redis.ping());
      expect(valueIn(await redis.get('n'))).toBe(when === 'before' ? '0' : '1');
      expect(await server.command('get qingyu:n')).toMatch(when === 'before' ? /0$/ : /1$/);
    },
  );

  test('killed with fifty callers under way: each gets an outcome, and all are served again', async () => {
    const { redis, server } = await start();
    let outcomes = 0;
    let stop = false;
    const seen = new Set<string>();
    const callers = Array.from({ length: 50 }, async () => {
      while (!stop) {
        seen.add(whyOf(await redis.incr('n')));
        outcomes += 1;
        await new Promise(setImmediate);
      }
    });
    await expect.poll(() => outcomes).toBeGreaterThan(500);
    await server.kill();
    await expect.poll(() => [...seen]).toContain('not-connected');
    await server.restart();
    await expectRecovery(() => redis.ping());
    stop = true;
    await Promise.all(callers);
    expect([...seen].sort()).toEqual(['available', 'not-connected']);
  });

  test('restarted between two commands: the next ones are served, and scripts with them', async () => {
    const { redis, server } = await start();
    const script = defineScript({ name: 'two', lua: 'return 2' });
    expect(valueIn(await redis.run(script, [], []))).toBe(2);
    await server.kill();
    await server.restart();
    await expectRecovery(() => redis.ping());
    expect(valueIn(await redis.run(script, [], []))).toBe(2);
  });

  test('FLUSHALL and SCRIPT FLUSH: keys are missing, scripts go on', async () => {
    const { redis, server } = await start();
    const script = defineScript({ name: 'add', lua: "return redis.call('incr', KEYS[1])" });
    await redis.set('k', 'v');
    expect(valueIn(await redis.run(script, ['n'], []))).toBe(1);
    await server.command('flushall');
    await server.command('script flush');
    expect(valueIn(await redis.get('k'))).toBeUndefined();
    const replies = await Promise.all(Array.from({ length: 20 }, () => redis.run(script, ['n'], [])));
    expect(replies.map(valueIn)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('a forgotten script that has to be sent twice has the one deadline', async () => {
    const { redis, proxy, server, metric } = await start();
    const script = defineScript({ name: 'three', lua: 'return 3' });
    expect(valueIn(await redis.run(script, [], []))).toBe(3);
    await server.command('script flush');
    proxy.delayMs = 170;
    const { answer, ms } = await timed(() => redis.run(script, [], []));
    expect(whyOf(answer)).toBe('timed-out');
    expect(ms).toBeLessThan(2 * deadlineMs + toleranceMs);
    proxy.heal();
    await expectRecovery(() => redis.ping());
    expect(valueIn(await redis.run(script, [], []))).toBe(3);
    expect(await metric('redis_commands_total', { command: 'three', outcome: 'ok' })).toBe(2);
  });

  test('out of memory: writes are refused by name, reads and deletes go on, and room lets writes in again', async () => {
    const { redis, service, server } = await start();
    await redis.set('k', 'v');
    await server.command('config set maxmemory 1');
    expect(await redis.set('k', 'w')).toMatchObject({ why: 'refused', error: { code: 'OOM' } });
    expect(valueIn(await redis.get('k'))).toBe('v');
    expect(redis.available).toBe(true);
    expect(await service.health()).toEqual({ status: 'healthy' });
    expect(valueIn(await redis.delete('k'))).toBe(1);
    await server.command('config set maxmemory 0');
    expect(valueIn(await redis.set('k', 'w'))).toBe(true);
  });

  test('half-open: a connection whose server vanished is noticed by the first command and replaced', async () => {
    const { redis, proxy } = await start();
    await redis.ping();
    proxy.vanish();
    const { answer, ms } = await timed(() => redis.ping());
    expect(whyOf(answer)).toBe('timed-out');
    expect(ms).toBeLessThan(deadlineMs + toleranceMs);
    await expectRecovery(() => redis.ping());
  });

  test('half-open: where connections are accepted and never served it goes on trying', async () => {
    const { redis, proxy, service } = await start();
    proxy.accept = 'half-open';
    proxy.reset();
    await expect
      .poll(async () => (await service.health()).detail, { timeout: 10_000 })
      .toMatch(/did not answer/);
    expect(whyOf(await redis.ping())).toBe('not-connected');
    proxy.heal();
    await expectRecovery(() => redis.ping());
  });

  test('reset: commands are lost, the next are served', async () => {
    const { redis, proxy } = await start();
    await redis.ping();
    proxy.drop = 'to-client';
    const lost = redis.incr('n');
    await expect.poll(() => proxy.droppedBytes).toBeGreaterThan(0);
    proxy.reset();
    proxy.heal();
    expect(whyOf(await lost)).toBe('not-connected');
    await expectRecovery(() => redis.ping());
  });

  test('bandwidth: a value too large for the line times out, small ones are served after it', async () => {
    const { redis, proxy } = await start();
    proxy.bytesPerSecond = 20_000;
    const { answer, ms } = await timed(() => redis.set('large', 'x'.repeat(200_000)));
    expect(whyOf(answer)).toBe('timed-out');
    expect(ms).toBeLessThan(deadlineMs + toleranceMs);
    await expectRecovery(() => redis.set('small', 'v'));
  });

  test('the queue has an end: more commands than places, or more bytes, are refused at once', async () => {
    const { redis, server, metric } = await start({ queueMax: 100, queueBytesMax: 1_000_000 });
    server.hang();
    const { answer, ms } = await timed(() =>
      Promise.all(Array.from({ length: 150 }, (_, index) => redis.set(`k${index}`, 'v'))),
    );
    expect(answer.filter((reply) => whyOf(reply) === 'queue-full')).toHaveLength(50);
    expect(ms).toBeLessThan(deadlineMs + toleranceMs);
    expect(await metric('redis_commands_total', { command: 'set', outcome: 'queue-full' })).toBe(50);
    server.goOn();
    await expectRecovery(() => redis.ping());
    server.hang();
    const large = Array.from({ length: 50 }, (_, index) => redis.set(`k${index}`, 'x'.repeat(1_000_000)));
    expect((await Promise.all(large)).map(whyOf)).toContain('queue-full');
    const pipeline = Array.from({ length: 101 }, () => ({ command: 'incr', args: ['n'] }) as const);
    server.goOn();
    await expectRecovery(() => redis.ping());
    expect(whyOf(await redis.pipeline(pipeline))).toBe('queue-full');
  });

  test('a process that was busy past the deadline still gets the answers that lie ready', async () => {
    const { url } = await RedisServer.start();
    const { redis } = await startRedisService({ url, commandTimeoutMs: 100 });
    await redis.set('k', 'v');
    const asked = redis.get('k');
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    expect(valueIn(await asked)).toBe('v');
  });

  test('closing during an outage is quick, and what waits gets its outcome', async () => {
    const { redis, service, server, proxy } = await start();
    server.hang();
    proxy.accept = 'half-open';
    const waiting = redis.get('k');
    const popping = redis.blockingPop('list', 60_000);
    expect((await timed(() => service.close())).ms).toBeLessThan(deadlineMs);
    expect([whyOf(await waiting), whyOf(await popping)]).toEqual(['not-connected', 'not-connected']);
    expect(whyOf(await redis.get('k'))).toBe('not-connected');
    server.goOn();
  });

  test('closing while it connects is quick, and ends the start as well', async () => {
    const server = await RedisServer.start();
    server.hang();
    const proxy = await FaultProxy.start(server.url);
    const config = sectionDefaults(redisConfig, { url: proxy.url, commandTimeoutMs: 60_000 });
    const service = createRedisService({ config, log: pino({ level: 'silent' }), metrics: new Metrics() });
    const starting = service.initialize(new AbortController().signal);
    await expect.poll(() => proxy.connections).toBe(1);
    const { ms } = await timed(() => Promise.all([service.close(), starting]));
    expect(ms).toBeLessThan(deadlineMs + toleranceMs);
  });

  test('a service that was closed can be started again', async () => {
    const { redis, service } = await start();
    await service.close();
    expect(whyOf(await redis.ping())).toBe('not-connected');
    await service.initialize(new AbortController().signal);
    expect(valueIn(await redis.ping())).toBe(true);
  });

  test('repeated outages leave neither connections nor listeners behind', async () => {
    const { redis, proxy, server } = await start();
    for (let round = 0; round < 5; round++) {
      proxy.reset();
      await expect.poll(() => redis.available, { interval: 1 }).toBe(false);
      await expectRecovery(() => redis.ping());
    }
    await expect.poll(() => proxy.connections).toBe(1);
    await expect.poll(() => server.command('client list')).not.toMatch(/name=qingyu.*name=qingyu/s);
  });
});
