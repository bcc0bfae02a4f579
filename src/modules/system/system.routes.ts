import { readinessOf } from '../../platform/health/index.js';
import { access, defineRoute, httpErrors, type Route } from '../../platform/http/index.js';
import { ConfigKeys, ErrorPage, ErrorParams, Services } from './system.schema.js';
import type { SystemService } from './system.service.js';

const serviceExample = {
  name: 'database',
  version: '1.0.0',
  status: 'healthy',
  critical: true,
  state: 'running',
  latencyMs: 0.42,
  startedAt: '2026-11-23T08:00:00.000Z',
  uptimeSeconds: 3600,
  checkedAt: '2026-11-23T09:00:00.000Z',
  restarts: 0,
};

export function systemRoutes(system: SystemService): Route[] {
  return [listServices(system), readConfig(system), readError(system)];
}

const read = access.permission('system.read');

function listServices(system: SystemService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/system/services',
    access: read,
    summary: 'Every service with its state, health and age',
    responses: {
      200: {
        description: 'All services of this instance',
        schema: Services,
        example: { status: 'ready', items: [serviceExample] },
      },
    },
    handler: async () => {
      const reports = await system.reports();
      const { status } = readinessOf(system.phase(), reports);
      return { status, items: reports.map((report) => system.describe(report)) };
    },
  });
}

function readConfig(system: SystemService): Route {
  return defineRoute({
    method: 'GET',
    path: '/admin/system/config',
    access: read,
    summary: 'The configuration in force',
    description: 'Every key with its value and where it comes from. Secrets are masked.',
    responses: {
      200: {
        description: 'All keys',
        schema: ConfigKeys,
        example: {
          items: [
            {
              key: 'server.port',
              value: 8080,
              source: 'default',
              description: 'Port to listen on; 0 picks a free one.',
              unit: 'TCP port',
            },
          ],
        },
      },
    },
    handler: () => ({ items: system.effectiveConfig() }),
  });
}

function readError(system: SystemService): Route {
  return defineRoute({
    method: 'GET',
    path: '/errors/{code}',
    root: true,
    access: access.public,
    summary: 'What a problem means',
    description: 'The `type` of every problem leads here.',
    params: ErrorParams,
    example: { params: { code: 'not-found' } },
    responses: {
      200: {
        description: 'The kind of problem in every language',
        schema: ErrorPage,
        example: {
          code: 'not-found',
          status: 404,
          title: { 'zh-CN': '未找到', en: 'Not found' },
          detail: { 'zh-CN': '请检查地址和编号。', en: 'Check the address and the id.' },
        },
      },
    },
    errors: [httpErrors.notFound],
    handler: (request) => system.errorPage(request.params.code),
  });
}
