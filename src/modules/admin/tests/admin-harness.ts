import { pino } from 'pino';
import type { TObject } from 'typebox';
import { Value } from 'typebox/value';
import { expect, onTestFinished, vi } from 'vitest';
import { Audit, type AuditEntry, AuditLog } from '../../../platform/audit/index.js';
import { Database } from '../../../platform/database/index.js';
import type { HttpConfig } from '../../../platform/http/index.js';
import {
  createServer,
  EventStreams,
  EventStreamsPort,
  ExportStreams,
  Exports,
  httpConfig,
} from '../../../platform/http/index.js';
import { Clock } from '../../../platform/kernel/index.js';
import { kitModules } from '../../../platform/kit/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import { assemble, type Module, ServiceCalls } from '../../../platform/module/index.js';
import type { OpenDatabase } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { AdminConfig } from '../admin.config.js';
import { adminModule } from '../admin.module.js';

export const auditorId = '01956e2f-5c00-7000-8000-000000000001';
const silent = pino({ level: 'silent' });
const auditModule = kitModules.find(({ name }) => name === 'audit') as Module;

const banned: AuditEntry = {
  action: 'auth.user-banned',
  actor: { kind: 'user', userId: auditorId, address: '203.0.113.9' },
  target: { type: 'user', id: 'u1' },
  reason: 'none',
};

type AdminSettings = AdminConfig & Pick<HttpConfig, 'exportSecondsMax' | 'exportsMax'>;

function assembleAdmin(db: Database, overrides: Partial<AdminSettings>) {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const streams = new EventStreams(() => ({}));
  const assembly = assemble({
    modules: [auditModule, adminModule],
    given: [
      { port: Database, implementation: db },
      { port: Clock, implementation: clock },
      { port: EventStreamsPort, implementation: streams },
      {
        port: Exports,
        implementation: new ExportStreams(streams, { ...Value.Create(httpConfig), ...overrides }),
      },
    ],
    calls: new ServiceCalls(metrics),
    contextOf: ({ name, config }) => ({
      config: {
        ...(Value.Create(config as TObject) as object),
        ...(name === 'admin' ? overrides : { sealIntervalMs: 100 }),
      },
      log: silent,
      metrics,
    }),
  });
  return { assembly, clock, metrics, streams };
}

/** The admin routes over the real audit log; the token `auditor` may read it, any other may not. */
export async function startAdmin(open: OpenDatabase, overrides: Partial<AdminSettings> = {}) {
  const db = await open({ migrations: auditModule.migrations ?? [] });
  const { assembly, clock, metrics, streams } = assembleAdmin(db, overrides);
  const parts = assembly.modules.find(({ module }) => module === adminModule);
  const sealing = assembly.modules.find(({ module }) => module === auditModule)?.node.service;
  const audit = assembly.resolve(Audit);
  const auditLog = assembly.resolve(AuditLog);
  const server = await createServer({
    config: { ...Value.Create(httpConfig), maxEventLoopDelayMs: 0 },
    routes: parts?.routes ?? [],
    draining: () => false,
    log: silent,
    metrics,
    authenticator: {
      authenticate: async (token) => ({
        userId: auditorId,
        sessionId: auditorId,
        roles: [],
        permissions: token === 'auditor' ? ['audit.read'] : ['user.read'],
        secondFactor: 'off',
      }),
    },
    controlToken: 'control-token-of-this-test',
  });
  onTestFinished(() => server.close());
  return {
    ...{ db, clock, metrics, streams, audit, auditLog },
    record: (entry: Partial<AuditEntry> = {}) =>
      db.withTransaction({ name: 'act' }, (tx) => audit.record(tx, { ...banned, ...entry })),
    async recordMany(count: number, entry: Partial<AuditEntry> = {}) {
      await db.withTransaction({ name: 'act-often' }, async (tx) => {
        for (let n = 0; n < count; n++) await audit.record(tx, { ...banned, ...entry, detail: { n } });
      });
    },
    async sealAll() {
      await sealing?.initialize(AbortSignal.timeout(10_000));
      const signal = AbortSignal.timeout(30_000);
      await vi.waitFor(async () => expect((await auditLog.verify({ signal })).unsealed).toBe(0), {
        timeout: 20_000,
      });
      await sealing?.close();
    },
    async get(path: string, token = 'auditor') {
      const headers = { authorization: `Bearer ${token}`, 'accept-language': 'en' };
      const answer = await server.inject({ method: 'GET', url: `/api/v1${path}`, headers });
      const isJson = String(answer.headers['content-type']).includes('json');
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: isJson ? answer.json() : answer.body,
      };
    },
    /** The address of the same server behind a real socket. */
    listen: () => server.listen({ host: '127.0.0.1', port: 0 }),
  };
}
