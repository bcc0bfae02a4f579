import type { AppConfig } from './app.config.js';
import type { Platform } from './app.platform.js';
import { RestoreParticipants } from './platform/backup/index.js';
import { EventRegistry } from './platform/events/index.js';
import { Application } from './platform/health/index.js';
import { DeclaredRoutes, type HttpService } from './platform/http/index.js';
import { JobRegistry } from './platform/jobs/index.js';
import type { BaseService, ServiceNode } from './platform/kernel/index.js';
import {
  type AssembledModule,
  type Assembly,
  assemble,
  type Module,
  ServiceCalls,
} from './platform/module/index.js';
import { PersonalDataHolders } from './platform/personal-data/index.js';
import { SealedTables } from './platform/sealer/index.js';
import { SecretHolders } from './platform/secrets/index.js';

/** Wires the modules to the platform and to each other. */
export function assembleModules(
  { config, modules }: { readonly config: AppConfig; readonly modules: readonly Module[] },
  platform: Platform,
  application: Application,
): Assembly {
  const sections = config.values as Readonly<Record<string, unknown>>;
  // What all modules contribute is known once all are set up; who asks, asks later.
  const ofAll = <T>(partsOf: (module: AssembledModule) => readonly T[]) => ({
    all: () => assembly.modules.flatMap(partsOf),
  });
  const assembly = assemble({
    modules,
    given: [
      ...platform.given,
      { port: Application, implementation: application },
      { port: DeclaredRoutes, implementation: ofAll((module) => module.routes) },
      { port: SecretHolders, implementation: ofAll((module) => module.secretHolders) },
      { port: PersonalDataHolders, implementation: ofAll((module) => module.personalData) },
      { port: SealedTables, implementation: ofAll((module) => module.sealedTables) },
      { port: RestoreParticipants, implementation: ofAll((module) => module.restoreParticipants) },
    ],
    calls: new ServiceCalls(platform.metrics),
    contextOf: ({ name }) => ({
      config: sections[name] ?? {},
      log: platform.log.child({ module: name }),
      metrics: platform.metrics,
    }),
  });
  assembly.resolve(JobRegistry).fill(assembly.modules.flatMap(({ jobs }) => jobs));
  assembly
    .resolve(EventRegistry)
    .fill(
      assembly.modules.map(({ module, events, handlers }) => ({ module: module.name, events, handlers })),
    );
  return assembly;
}

/**
 * The server comes last and goes first: it accepts requests only while everything behind it runs. Workers
 * come right before it, since they call any module.
 */
export function nodesOf(
  platform: Platform,
  assembly: Assembly,
  http: HttpService | undefined,
): ServiceNode[] {
  const modules = assembly.modules.map(({ node }) => ({ ...node, needs: ['logger', ...node.needs] }));
  const nodes = [...platform.nodes, ...modules];
  const after = (service: BaseService, earlier: readonly ServiceNode[]): ServiceNode => {
    const named = (criticality: ServiceNode['criticality']) =>
      earlier.filter((node) => node.criticality === criticality).map((node) => node.service.name);
    return { service, criticality: 'required', needs: named('required'), prefers: named('optional') };
  };
  if (!http) return nodes;
  const workers = assembly.modules.flatMap((module) => module.workers.map((worker) => after(worker, nodes)));
  return [...nodes, ...workers, after(http, [...nodes, ...workers])];
}

/** The services that a command of that name runs with: all, or those that its module needs when it wants to be alone. */
export function nodesForCommand(
  nodes: readonly ServiceNode[],
  { modules }: Assembly,
  name: string,
): readonly ServiceNode[] {
  const owner = modules.find(({ commands }) =>
    commands.some((command) => command.alone && command.name === name),
  );
  if (!owner) return nodes;
  const wanted = new Set([owner.node.service.name]);
  // A set grows while it is walked: needs of needs join.
  for (const wantedName of wanted) {
    const node = nodes.find(({ service }) => service.name === wantedName);
    for (const need of node?.needs ?? []) wanted.add(need);
  }
  return nodes.filter(({ service }) => wanted.has(service.name)).map((node) => ({ ...node, prefers: [] }));
}
