import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from '../src/testing/fault-proxy.js';
import { describeRedisServer, RedisServer } from '../src/testing/redis.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

const secret = 'the-secret-of-redis';
/** A hang, not a speed: closing everything takes far less. */
const hangMs = 15_000;

async function startApp(set: Record<string, unknown>): Promise<TestApp> {
  const app = await startTestApp({ set });
  onTestFinished(() => app.close());
  return app;
}

const readiness = async ({ api }: TestApp) => {
  const { status, body } = await api.get('//readyz');
  return { code: status, status: body.status, redis: body.checks.redis };
};

test('without Redis the platform is ready, and says that there is none', async () => {
  const app = await startApp({});
  expect(await readiness(app)).toMatchObject({
    ...{ code: 200, status: 'ready' },
    redis: { status: 'healthy', critical: false, note: expect.stringContaining('redis.url is not set') },
  });
});

describeRedisServer('with Redis', () => {
  test('down at the start: the platform starts, serves, is degraded, and ready when Redis comes', async () => {
    const server = await RedisServer.start(['--requirepass', secret], { launch: false });
    const app = await startApp({ 'redis.url': server.url, 'redis.password': secret });
    expect(await readiness(app)).toMatchObject({
      ...{ code: 200, status: 'degraded' },
      redis: { status: 'unhealthy', critical: false, error: expect.stringContaining('ECONNREFUSED') },
    });
    const { accessToken: token } = await app.api.login('demo_reader', app.passwordOf('demo_reader'));
    expect((await app.api.get('/books')).status).toBe(200);
    expect((await app.api.get('/auth/me', { token })).status).toBe(200);
    await server.restart();
    await expect.poll(async () => (await readiness(app)).status, { timeout: 5_000 }).toBe('ready');
    const metrics = (await (await fetch(`${app.url}/metrics`)).text()) as string;
    expect(metrics).toContain('redis_up 1');
    expect(metrics).toContain('service_health_status{service="redis"} 1');
    // Commands and subscriptions have a connection each.
    expect(metrics).toMatch(/^redis_reconnects_total [12]$/m);
    expect(JSON.stringify(app.logLines())).not.toContain(secret);
  });

  test('killed, hanging, half-open: the platform serves on, degraded, recovers, and stops without delay', async () => {
    const server = await RedisServer.start();
    const proxy = await FaultProxy.start(server.url);
    const app = await startApp({ 'redis.url': proxy.url });
    const becomes = (status: string) =>
      expect.poll(async () => (await readiness(app)).status, { timeout: 10_000 }).toBe(status);
    const faults: (readonly [breakIt: () => unknown, mend: () => unknown])[] = [
      [() => server.kill(), () => server.restart()],
      [() => server.hang(), () => server.goOn()],
      [() => halfOpen(proxy), () => proxy.heal()],
    ];
    for (const [breakIt, mend] of faults) {
      await becomes('ready');
      await breakIt();
      await becomes('degraded');
      expect((await readiness(app)).code).toBe(200);
      expect((await app.api.get('/books')).status).toBe(200);
      await mend();
    }
    await becomes('ready');
    halfOpen(proxy);
    await becomes('degraded');
    const startMs = performance.now();
    await app.close();
    expect(performance.now() - startMs).toBeLessThan(hangMs);
  });

  test('a URL that makes no sense ends the start, and its password is nowhere', async () => {
    const failed = await startTestApp({ set: { 'redis.url': `redis://u:${secret}@host/zero` } }).catch(
      (error: Error) => error,
    );
    expect(failed).toBeInstanceOf(Error);
    expect((failed as Error).message).toMatch(/number of the database/);
    expect((failed as Error).message).not.toContain(secret);
  });
});

function halfOpen(proxy: FaultProxy): void {
  proxy.accept = 'half-open';
  proxy.vanish();
}
