import { actorOf } from '../../platform/audit/index.js';
import { access, defineRoute, httpErrors, type Route } from '../../platform/http/index.js';
import { JobParams, Jobs, RequestedRun } from './job.schema.js';
import type { SystemService } from './system.service.js';

const jobExample = {
  name: 'quota-reservation-sweep',
  summary: 'Writes down the ends of token reservations that nobody settled',
  schedule: 'every 30 s',
  known: true,
  nextRunAt: '2026-11-23T09:00:30.000Z',
  requestedAt: null,
  running: null,
  failuresInRow: 0,
  lastRun: {
    instance: 'node-1-9f3c2a',
    startedAt: '2026-11-23T09:00:00.012Z',
    durationMs: 4,
    outcome: 'succeeded',
    error: null,
  },
};

export function jobRoutes(system: SystemService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/admin/system/jobs',
      access: access.permission('system.read'),
      summary: 'Every job of the cluster: its schedule, who runs it, how it ended',
      responses: {
        200: { description: 'All jobs, by name', schema: Jobs, example: { items: [jobExample] } },
      },
      handler: async () => ({ items: await system.listJobs() }),
    }),
    defineRoute({
      method: 'POST',
      path: '/admin/system/jobs/{name}/run',
      access: access.permission('system.manage'),
      summary: 'Run a job now',
      description:
        'It runs soon, on the replica that comes first; its schedule stays. Asked for again before it began it is still one run; asked for during a run it runs once more afterwards.',
      params: JobParams,
      example: { params: { name: jobExample.name } },
      responses: {
        202: {
          description: 'It will run',
          schema: RequestedRun,
          example: { name: jobExample.name, requestedAt: '2026-11-23T09:00:12.345Z' },
        },
      },
      errors: [httpErrors.notFound],
      handler: (request, reply) => {
        reply.code(202);
        return system.requestJobRun(request.params.name, actorOf(request));
      },
    }),
  ];
}
