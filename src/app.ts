import { setTimeout as pause } from 'node:timers/promises';
import { assembleModules, nodesForCommand, nodesOf } from './app.assembly.js';
import { appCommands } from './app.commands.js';
import type { AppConfig } from './app.config.js';
import { createPlatform, type Platform, type PlatformOverrides } from './app.platform.js';
import { type AppServer, createAppServer } from './app.server.js';
import { firstStart } from './flows/first-start/index.js';
import { type FirstAccount, FirstAccounts } from './modules/auth/index.js';
import { DemoLibrary } from './modules/bookstore/index.js';
import { type AnyCommand, removeControlFile, writeControlFile } from './platform/commands/index.js';
import { reservedKeysSet } from './platform/config/index.js';
import { type Application, type Phase, registerServiceMetrics } from './platform/health/index.js';
import { HttpService } from './platform/http/index.js';
import { ServiceContainer } from './platform/kernel/index.js';
import type { Assembly, Module } from './platform/module/index.js';

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
  readonly modules: readonly Module[];
  /** Opens everything; for a command what that runs with, which is never the HTTP server. Rejects with everything closed again. */
  start(options?: { readonly command?: string }): Promise<void>;
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
  const seed = () => prepareFirstStart(assembly, config.values.seed.demo);
  const commands: AnyCommand[] = [
    ...appCommands({
      document: () => server.document,
      appliedMigrations: () => platform.schema.applied,
      firstStart: seed,
    }),
    ...assembly.modules.flatMap((assembled) => assembled.commands),
  ];
  const server: AppServer = await createAppServer({ config, platform, assembly, application, commands });
  const { data, server: address, database } = config.values;
  const embedded = database.url === undefined;
  const http = new HttpService({
    fastify: server.fastify,
    streams: platform.streams,
    ...address,
    streamDeadlineMs: config.values.http.streamDeadlineMs,
    prepare: async () => {
      firstAccounts.push(...(await seed()));
    },
  });
  registerServiceMetrics(platform.metrics, application.services, platform.clock);

  return {
    ...application,
    platform,
    server,
    commands,
    modules: options.modules,
    firstAccounts,
    url: () => http.url,
    async start({ command } = {}) {
      for (const key of reservedKeysSet(config.sources)) {
        platform.log.warn({ key }, 'this configuration key has no effect in this release');
      }
      const nodes =
        command === undefined
          ? nodesOf(platform, assembly, http)
          : nodesForCommand(nodesOf(platform, assembly, undefined), assembly, command);
      const { clock, log } = platform;
      container = new ServiceContainer(nodes, { clock, log, ...config.values.lifecycle });
      await container.start();
      phase = 'serving';
      if (command === undefined && embedded)
        await writeControlFile(data.dir, { url: http.url, token: server.controlToken });
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
