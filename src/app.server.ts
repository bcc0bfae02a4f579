import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { AppConfig } from './app.config.js';
import type { Platform } from './app.platform.js';
import { type AnyCommand, controlRoutes } from './platform/commands/index.js';
import { type Application, metricsRoute, probeRoutes } from './platform/health/index.js';
import {
  Authenticator,
  createServer,
  openApiDocument,
  openApiRoute,
  type Route,
  registerSwaggerUi,
  type TaggedRoutes,
} from './platform/http/index.js';
import { Idempotency } from './platform/idempotency/index.js';
import type { Assembly } from './platform/module/index.js';
import { RateLimits } from './platform/rate-limit/index.js';

export interface AppServer {
  readonly fastify: FastifyInstance;
  readonly routes: readonly Route[];
  /** The OpenAPI 3.1 document of `routes`. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Bearer token of the routes for programs of this machine; new at each start. */
  readonly controlToken: string;
}

interface AppServerOptions {
  readonly config: AppConfig;
  readonly platform: Platform;
  readonly assembly: Assembly;
  readonly application: Application;
  readonly commands: readonly AnyCommand[];
}

/** The HTTP face of the application: every module's routes, the probes, the API document. */
export async function createAppServer(options: AppServerOptions): Promise<AppServer> {
  const { config, platform, assembly, application, commands } = options;
  const groups = [processGroup(options, () => document), ...moduleGroups(assembly)];
  const document = openApiDocument(groups, application.version);
  const routes = [...groups.flatMap((group) => group.routes), ...controlRoutes(commands, platform.log)];
  const controlToken = randomBytes(32).toString('base64url');
  const fastify = await createServer({
    config: config.values.http,
    routes,
    controlToken,
    authenticator: assembly.resolve(Authenticator),
    idempotency: assembly.resolve(Idempotency),
    ...(config.values.http.rateLimitEnabled && { limits: assembly.resolve(RateLimits) }),
    draining: () => application.phase() === 'draining',
    log: platform.log,
    metrics: platform.metrics,
  });
  await registerSwaggerUi(fastify, document);
  return { fastify, routes, document, controlToken };
}

function processGroup(
  { config, platform, application }: AppServerOptions,
  document: () => unknown,
): TaggedRoutes {
  return {
    tag: 'process',
    description: 'What probes, Prometheus and tools ask of the process',
    routes: [
      ...probeRoutes(application),
      metricsRoute(platform.metrics, config.values.metrics.token),
      openApiRoute(document),
    ],
  };
}

function moduleGroups(assembly: Assembly): TaggedRoutes[] {
  return assembly.modules
    .filter(({ routes }) => routes.length > 0)
    .map(({ module, routes }) => ({ tag: module.name, description: module.summary, routes }));
}
