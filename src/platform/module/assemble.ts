import type { RestoreParticipant } from '../backup/index.js';
import type { AnyCommand } from '../commands/index.js';
import type { Migration } from '../database/index.js';
import type { EventDefinition, EventHandler } from '../events/index.js';
import type { Route } from '../http/index.js';
import type { Job } from '../jobs/index.js';
import { type BaseService, dependencyOrder, type Port, type ServiceNode } from '../kernel/index.js';
import type { PersonalDataHolder } from '../personal-data/index.js';
import type { SealedTable } from '../sealer/index.js';
import type { SecretHolder } from '../secrets/index.js';
import type { Module, ModuleContext } from './define-module.js';
import { instrument, type ServiceCalls } from './service-calls.js';

/** An implementation that the platform, not a module, gives; `service` is whose it is, if anyone's. */
export interface Given {
  readonly port: Port<unknown>;
  readonly implementation: unknown;
  readonly service?: string;
}

export interface AssembledModule {
  readonly module: Module;
  readonly routes: readonly Route[];
  readonly commands: readonly AnyCommand[];
  readonly jobs: readonly Job[];
  readonly handlers: readonly EventHandler[];
  readonly events: readonly EventDefinition[];
  readonly workers: readonly BaseService[];
  readonly secretHolders: readonly SecretHolder[];
  readonly personalData: readonly PersonalDataHolder[];
  readonly sealedTables: readonly SealedTable[];
  readonly restoreParticipants: readonly RestoreParticipant[];
  readonly node: ServiceNode;
}

export interface Assembly {
  readonly modules: readonly AssembledModule[];
  readonly migrations: readonly Migration[];
  /** What the assembled modules (or the platform) expose under `port`. */
  resolve<T>(port: Port<T>): T;
}

interface AssembleOptions {
  readonly modules: readonly Module[];
  readonly given: readonly Given[];
  readonly calls: ServiceCalls;
  contextOf(module: Module): ModuleContext<unknown>;
}

/**
 * Turns declarations into a wired application: sets modules up in dependency order, hands each the
 * ports it asked for, and derives the graph of services. Unknown, doubly provided and circular
 * ports fail with a message that names both sides.
 */
export function assemble({ modules, given, calls, contextOf }: AssembleOptions): Assembly {
  const providers = providersOf(modules, given);
  const names = modules.map(({ name }) => name);
  const implementations = new Map(given.map(({ port, implementation }) => [port.name, implementation]));

  function resolve<T>(port: Port<T>): T {
    if (implementations.has(port.name)) return implementations.get(port.name) as T;
    if (port.whenAbsent !== undefined) return port.whenAbsent;
    throw new Error(`Nothing provides the port "${port.name}".`);
  }

  /** What the port stands for is looked up at each use: at setup nobody knows yet who implements it. */
  function bindLate(policy: Port<unknown>): unknown {
    const standIn = policy.whenAbsent as object;
    return new Proxy(standIn, {
      get(_, key) {
        const bound = (implementations.get(policy.name) ?? standIn) as object;
        const member: unknown = Reflect.get(bound, key);
        return typeof member === 'function' ? member.bind(bound) : member;
      },
    });
  }

  const assembled = dependencyOrder(modules.map((module) => edgesOf(module, names, providers))).map(
    ({ module, needs, prefers }): AssembledModule => {
      const ports = { ...module.needs, ...module.optional } as Record<string, Port<unknown>>;
      const deps = { ...mapValues(ports, resolve), ...mapValues(policiesOf(module), bindLate) };
      const parts = module.setup({ ...deps, ...contextOf(module) });
      for (const [key, port] of Object.entries<Port<unknown>>(module.provides ?? {})) {
        const exposed = parts.exposes[key] as object;
        implementations.set(
          port.name,
          module.countsItself ? exposed : instrument(module.name, exposed, calls),
        );
      }
      const { criticality } = module;
      const { routes = [], commands = [], jobs = [], handlers = [], workers = [] } = parts;
      const { secretHolders = [], personalData = [], sealedTables = [], restoreParticipants = [] } = parts;
      const node = { service: parts.service, criticality, needs, prefers };
      return {
        ...{ module, routes, commands, jobs, handlers, events: module.events ?? [], workers },
        ...{ secretHolders, personalData, sealedTables, restoreParticipants, node },
      };
    },
  );
  return { modules: assembled, migrations: modules.flatMap((module) => module.migrations ?? []), resolve };
}

function policiesOf({ name, policies }: Module): Record<string, Port<unknown>> {
  for (const policy of Object.values<Port<unknown>>(policies ?? {})) {
    if (policy.whenAbsent === undefined)
      throw new Error(`The policy "${policy.name}" of module "${name}" has no default.`);
  }
  return policies ?? {};
}

/** Port name → service that provides it; undefined for a platform port that is nobody's service. */
function providersOf(modules: readonly Module[], given: readonly Given[]): Map<string, string | undefined> {
  const providers = new Map(given.map(({ port, service }) => [port.name, service]));
  for (const module of modules) {
    for (const port of Object.values<Port<unknown>>(module.provides ?? {})) {
      if (providers.has(port.name)) {
        throw new Error(
          `Both "${providers.get(port.name) ?? 'the platform'}" and "${module.name}" provide the port "${port.name}".`,
        );
      }
      providers.set(port.name, module.name);
    }
  }
  return providers;
}

/** `after` leaves out the platform's services: the container starts them, but nothing sets them up here. */
function edgesOf(
  module: Module,
  moduleNames: readonly string[],
  providers: ReadonlyMap<string, string | undefined>,
) {
  const owners = (ports: Readonly<Record<string, Port<unknown>>>, kind: string): string[] => {
    const names = Object.values(ports).map((port) => {
      if (!providers.has(port.name) && port.whenAbsent === undefined) {
        throw new Error(`Module "${module.name}" ${kind} the port "${port.name}", which no module provides.`);
      }
      return providers.get(port.name);
    });
    return [...new Set(names.filter((name) => name !== undefined))];
  };
  const needs = owners(module.needs, 'needs');
  const prefers = owners(module.optional ?? {}, 'can use');
  const set = new Set(moduleNames);
  return {
    module,
    name: module.name,
    needs,
    prefers,
    after: [...needs, ...prefers].filter((name) => set.has(name)),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
