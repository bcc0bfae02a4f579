import type { AppConfig } from './app.config.js';
import type { Platform } from './app.platform.js';
import { Application } from './platform/health/index.js';
import type { HttpService } from './platform/http/index.js';
import { JobRegistry } from './platform/jobs/index.js';
import type { BaseService, ServiceNode } from './platform/kernel/index.js';
import { type Assembly, assemble, type Module, ServiceCalls } from './platform/module/index.js';

/** Wires the modules to the platform and to each other. */
export function assembleModules(
  { config, modules }: { readonly config: AppConfig; readonly modules: readonly Module[] },
  platform: Platform,
  application: Application,
): Assembly {
  const sections = config.values as Readonly<Record<string, unknown>>;
  const assembly = assemble({
    modules,
    given: [...platform.given, { port: Application, implementation: application }],
    calls: new ServiceCalls(platform.metrics),
    contextOf: ({ name }) => ({
      config: sections[name] ?? {},
      log: platform.log.child({ module: name }),
      metrics: platform.metrics,
    }),
  });
  assembly.resolve(JobRegistry).fill(assembly.modules.flatMap(({ jobs }) => jobs));
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
