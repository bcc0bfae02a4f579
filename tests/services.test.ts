import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceReport } from '../src/platform/kernel/index.js';
import { startTestApp, type TestApp } from '../src/testing/test-app.js';

/** What every installation has beside its modules. */
const engines = [
  'logger',
  'database',
  'schema',
  'auth-tail',
  'auth-mirror',
  'event-dispatcher',
  'job-runner',
  'cache-warm-up',
  'http',
];
/** What works by itself within a module. */
const workers = ['book-views'];
const byName = (reports: readonly ServiceReport[]) => Object.fromEntries(reports.map((r) => [r.name, r]));

/** Each test breaks one thing more. */
describe('of an installation', () => {
  const destination = Object.assign(new EventEmitter(), { write: () => true });
  let whole: TestApp;
  beforeAll(async () => {
    whole = await startTestApp({ overrides: { logDestination: destination } });
  });
  afterAll(() => whole.close());

  it('every module and every engine stands in the list of services, healthy, with a version and a series', async () => {
    const { app, api, passwordOf } = whole;
    const modules = app.modules.map(({ name }) => name);
    const token = (await api.login('admin', passwordOf('admin'))).accessToken;
    const { body } = await api.get('/admin/system/services', { token });
    expect(body.status).toBe('ready');
    expect(body.items.map(({ name }: { name: string }) => name).sort()).toEqual(
      [...engines, ...workers, ...modules].sort(),
    );
    for (const item of body.items) {
      expect(item).toMatchObject({ status: 'healthy', state: 'running', restarts: 0 });
      expect(item.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(item.uptimeSeconds).toBeGreaterThanOrEqual(0);
    }
    const page = (await api.get('//metrics')).body as string;
    for (const name of [...engines, ...workers, ...modules]) {
      expect(page).toContain(`service_health_status{service="${name}"} 1`);
      expect(page).toContain(`service_uptime_seconds{service="${name}"}`);
    }
  });

  it('the logger is unhealthy while its lines do not arrive', async () => {
    const { app } = whole;
    expect(byName(await app.services()).logger?.status).toBe('healthy');
    destination.emit('error', Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    await expect
      .poll(async () => byName(await app.services()).logger?.status, { timeout: 5_000 })
      .toBe('unhealthy');
  });

  it('the HTTP server is unhealthy when it accepts no connections', async () => {
    const { app } = whole;
    app.server.fastify.server.close();
    await expect
      .poll(async () => byName(await app.services()).http?.status, { timeout: 5_000 })
      .toBe('unhealthy');
  });
});

it('everything that needs the database is unhealthy without it; the process lives and is not ready', async () => {
  const { app, api, close } = await startTestApp();
  const database = app.platform.nodes.find(({ service }) => service.name === 'database');
  await database?.service.close();
  const reports = byName(await app.services());
  const needDatabase = [
    ...['database', 'schema', 'audit', 'events', 'event-dispatcher', 'jobs', 'job-runner', 'http'],
    ...['auth', 'quota', 'wallet', 'bookstore', 'reader', 'ai'],
  ];
  for (const name of needDatabase) expect([name, reports[name]?.status]).toEqual([name, 'unhealthy']);
  for (const name of ['logger', 'system']) expect([name, reports[name]?.status]).toEqual([name, 'healthy']);
  expect((await api.get('//healthz')).status).toBe(200);
  const ready = await api.get('//readyz');
  expect([ready.status, ready.body.status, ready.body.checks.database.critical]).toEqual([
    503,
    'not-ready',
    true,
  ]);
  const page = (await api.get('//metrics')).body as string;
  for (const name of needDatabase) expect(page).toContain(`service_health_status{service="${name}"} 0`);
  await close();
});
