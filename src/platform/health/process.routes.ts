import Type from 'typebox';
import { access, carriesToken, defineRoute, httpErrors, type Route } from '../http/index.js';
import type { Metrics } from '../metrics/index.js';
import { type Application, readinessOf } from './readiness.js';

const Ok = Type.Object({ status: Type.Literal('ok') });

const ReadinessSchema = Type.Object({
  status: Type.Enum(['ready', 'degraded', 'not-ready', 'draining']),
  checks: Type.Record(
    Type.String(),
    Type.Object({
      status: Type.Enum(['healthy', 'degraded', 'unhealthy']),
      critical: Type.Boolean({ description: 'Whether the platform is not ready without it' }),
      latencyMs: Type.Number(),
      error: Type.Optional(Type.String()),
      note: Type.Optional(Type.String({ description: 'Worth knowing although nothing is wrong' })),
    }),
  ),
});

const healthyCheck = { status: 'healthy', critical: true, latencyMs: 0.4 };
const brokenCheck = {
  status: 'unhealthy',
  critical: true,
  latencyMs: 2000,
  error: 'did not answer in 2000 ms',
};

/** The probes: liveness touches nothing, so that a slow dependency never restarts a healthy process. */
export function probeRoutes(application: Application): Route[] {
  const probe = { method: 'GET', root: true, access: access.public, unsheddable: true } as const;
  return [
    defineRoute({
      ...probe,
      path: '/healthz',
      summary: 'Liveness: the process runs',
      description: 'Touches no dependency, and answers during a drain too.',
      responses: { 200: { description: 'It runs', schema: Ok, example: { status: 'ok' } } },
      handler: () => ({ status: 'ok' }),
    }),
    defineRoute({
      ...probe,
      path: '/readyz',
      summary: 'Readiness: traffic may come',
      description: 'Looked at at most once a second, however often it is asked.',
      responses: {
        200: {
          description: 'Ready, or degraded: something that is not critical is missing',
          schema: ReadinessSchema,
          example: { status: 'ready', checks: { database: healthyCheck } },
        },
        503: {
          description: 'Send no traffic: something critical is broken, or the process is stopping',
          schema: ReadinessSchema,
          example: { status: 'not-ready', checks: { database: brokenCheck } },
        },
      },
      handler: async (_request, reply) => {
        const readiness = readinessOf(application.phase(), await application.services());
        const goodEnough = readiness.status === 'ready' || readiness.status === 'degraded';
        reply.code(goodEnough ? 200 : 503).header('cache-control', 'no-store');
        return readiness;
      },
    }),
    defineRoute({
      ...probe,
      path: '/startupz',
      summary: 'Start-up: the process has started',
      responses: { 200: { description: 'It has started', schema: Ok, example: { status: 'ok' } } },
      errors: [httpErrors.overloaded],
      handler: () => {
        if (application.phase() === 'starting') throw httpErrors.overloaded({ retryAfterSeconds: 1 });
        return { status: 'ok' };
      },
    }),
  ];
}

/** Prometheus' text; behind a bearer token when one is configured. */
export function metricsRoute(metrics: Metrics, token: string | undefined): Route {
  return defineRoute({
    method: 'GET',
    path: '/metrics',
    root: true,
    access: access.public,
    unsheddable: true,
    summary: 'Metrics for Prometheus',
    description: 'Open unless `metrics.token` is configured; then it wants that bearer token.',
    responses: {
      200: {
        description: 'Every series of this process',
        media: { type: 'text/plain', example: 'http_active_requests 1\n' },
      },
    },
    errors: [httpErrors.authenticationRequired],
    handler: async (request, reply) => {
      if (token !== undefined && !carriesToken(request, token)) {
        throw httpErrors.authenticationRequired();
      }
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  });
}
