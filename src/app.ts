import { setTimeout as pause } from 'node:timers/promises';
import type { AppConfig } from './app.config.js';
import { createPlatform, type Platform, type PlatformOverrides } from './app.platform.js';
import { type AppServer, createAppServer } from './app.server.js';
import { firstStart } from './flows/first-start/index.js';
import { type FirstAccount, FirstAccounts } from './modules/auth/index.js';
import { DemoLibrary } from './modules/bookstore/index.js';
import { type AnyCommand, removeControlFile, writeControlFile } from './platform/commands/index.js';
import { reservedKeysSet } from './platform/config/index.js';
import { Application, type Phase, registerServiceMetrics } from './platform/health/index.js';
import { HttpService } from './platform/http/index.js';
import { ServiceContainer, type ServiceNode } from './platform/kernel/index.js';
import { type Assembly, assemble, type Module, ServiceCalls } from './platform/module/index.js';

export interface AppOptions {
  readonly config: AppConfig;
  readonly modules: readonly Module[];
  readonly version: string;
  readonly overrides?: PlatformOverrides;
}

export interface App extends Application {
  readonly platform: Platform;
  readonly server: AppServer;
  readonly commands: readonly AnyCommand[];
  /** Opens everything; with `listen: false` all but the HTTP server. Rejects with everything closed again. */
  start(options?: { readonly listen?: boolean }): Promise<void>;
  /** Drains and closes everything, once; later calls wait for the first. */
  stop(): Promise<void>;
  /** The accounts that this start created, with the passwords to show once. */
  readonly firstAccounts: readonly FirstAccount[];
  /** Where it listens. */
  url(): string;
}

/** Wires the application. Nothing is opened before `start`. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { config, version } = options;
  const platform = createPlatform(options);
  const firstAccounts: FirstAccount[] = [];
  let phase: Phase = 'starting';
  let container: ServiceContainer | undefined;
  let stopping: Promise<void> | undefined;
  const application: Application = {
    version,
    phase: () => phase,
    services: async () => (await container?.check()) ?? [],
  };
  const assembly = assembleModules(options, platform, application);
  const commands = assembly.modules.flatMap((assembled) => assembled.commands);
  const server = await createAppServer({ config, platform, assembly, application, commands });
  const { data, server: address, database } = config.values;
  const embedded = database.url === undefined;
  const http = new HttpService({
    fastify: server.fastify,
    streams: platform.streams,
    ...address,
    streamDeadlineMs: config.values.http.streamDeadlineMs,
    prepare: async () => {
      firstAccounts.push(...(await prepareFirstStart(assembly, config.values.seed.demo)));
    },
  });
  registerServiceMetrics(platform.metrics, application.services, platform.clock);

  return {
    ...application,
    platform,
    server,
    commands,
    firstAccounts,
    url: () => http.url,
    async start({ listen = true } = {}) {
      for (const key of reservedKeysSet(config.sources)) {
        platform.log.warn({ key }, 'this configuration key has no effect in this release');
      }
      container = new ServiceContainer(nodesOf(platform, assembly, listen ? http : undefined), {
        clock: platform.clock,
        log: platform.log,
        ...config.values.lifecycle,
      });
      await container.start();
      phase = 'serving';
      if (listen && embedded) await writeControlFile(data.dir, { url: http.url, token: server.controlToken });
    },
    stop() {
      stopping ??= (async () => {
        phase = 'draining';
        await removeControlFile(data.dir, server.controlToken);
        await pause(config.values.http.drainPauseMs);
        await container?.close();
      })();
      return stopping;
    },
  };
}

function prepareFirstStart(assembly: Assembly, demo: boolean): Promise<FirstAccount[]> {
  return firstStart({
    firstAccounts: assembly.resolve(FirstAccounts),
    demoLibrary: assembly.resolve(DemoLibrary),
    demo,
  });
}

function assembleModules(
  { config, modules }: AppOptions,
  platform: Platform,
  application: Application,
): Assembly {
  const sections = config.values as Readonly<Record<string, unknown>>;
  return assemble({
    modules,
    given: [...platform.given, { port: Application, implementation: application }],
    calls: new ServiceCalls(platform.metrics),
    contextOf: ({ name }) => ({
      config: sections[name] ?? {},
      log: platform.log.child({ module: name }),
      metrics: platform.metrics,
    }),
  });
}

/** The server comes last and goes first: it accepts requests only while everything behind it runs. */
function nodesOf(platform: Platform, assembly: Assembly, http: HttpService | undefined): ServiceNode[] {
  const modules = assembly.modules.map(({ node }) => ({ ...node, needs: ['logger', ...node.needs] }));
  const nodes = [...platform.nodes, ...modules];
  if (!http) return nodes;
  const named = (criticality: ServiceNode['criticality']) =>
    nodes.filter((node) => node.criticality === criticality).map((node) => node.service.name);
  return [
    ...nodes,
    { service: http, criticality: 'required', needs: named('required'), prefers: named('optional') },
  ];
}
