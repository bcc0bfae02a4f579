import type { Static, TObject } from 'typebox';
import type { RestoreParticipant } from '../backup/index.js';
import type { AnyCommand } from '../commands/index.js';
import type { Migration } from '../database/index.js';
import type { ErrorTable } from '../errors/index.js';
import type { EventDefinition, EventHandler } from '../events/index.js';
import type { Route } from '../http/index.js';
import type { Job } from '../jobs/index.js';
import type { BaseService, Implementations, Ports } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import type { Metrics } from '../metrics/index.js';
import type { PersonalDataHolder } from '../personal-data/index.js';
import type { SealedTable } from '../sealer/index.js';
import type { SecretHolder } from '../secrets/index.js';

/** What every module is given besides the ports it asks for. */
export interface ModuleContext<C> {
  /** The module's own section of the configuration. */
  readonly config: C;
  /** Lines carry the module's name. */
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface ModuleParts<X extends Ports> {
  readonly service: BaseService;
  /** An implementation for each port in `provides`, under the same key. */
  readonly exposes: Implementations<X>;
  readonly routes?: readonly Route[];
  readonly commands?: readonly AnyCommand[];
  readonly jobs?: readonly Job[];
  /** What it does about events, its own and those of others. */
  readonly handlers?: readonly EventHandler[];
  /** Started when every module runs, closed before any of them: what works by itself and calls modules. */
  readonly workers?: readonly BaseService[];
  /** Where it keeps sealed secrets: a rotation of the key reseals them. */
  readonly secretHolders?: readonly SecretHolder[];
  /** What it keeps about people. */
  readonly personalData?: readonly PersonalDataHolder[];
  /** Its append-only tables, made by `sealable`: they are sealed, and `qingyu verify` walks their chains. */
  readonly sealedTables?: readonly SealedTable[];
  /** What it says before a backup is restored, and does after it. */
  readonly restoreParticipants?: readonly RestoreParticipant[];
}

export interface ModuleOptions<
  N extends Ports = Ports,
  O extends Ports = Ports,
  X extends Ports = Ports,
  C extends TObject = TObject,
  P extends Ports = Ports,
> {
  /** Also the tag of its operations, the label of its metrics and the section of its configuration. */
  readonly name: string;
  readonly version: string;
  /** For people: one sentence, the description of the tag. */
  readonly summary: string;
  /** `required`: the platform is not ready without it. `optional`: it degrades and is retried for ever. */
  readonly criticality: 'required' | 'optional';
  /** Started before this module, closed after it. Unknown or cyclic: the boot fails and names both sides. */
  readonly needs: N;
  /** Used when it is there; each port here states what it answers when absent. */
  readonly optional?: O;
  /**
   * Ports that this module owns and others may implement, each with its default: limits, factors, what others keep beside
   * its things. Bound when all modules are set up, so they say nothing about the order of start and stop, and an
   * implementation may itself need this module. Called by use-cases, never while services start.
   */
  readonly policies?: P;
  readonly provides?: X;
  readonly config?: C;
  readonly errors?: ErrorTable;
  readonly migrations?: readonly Migration[];
  /** What it tells the others; a handler of one names its definition. */
  // biome-ignore lint/suspicious/noExplicitAny: a list of events is heterogeneous; each was checked when declared.
  readonly events?: readonly EventDefinition<any>[];
  /** Its ports count their own calls, since a counter around each would cost more than the call. */
  readonly countsItself?: boolean;
  setup(
    deps: Implementations<N> & Implementations<O> & Implementations<P> & ModuleContext<Static<C>>,
  ): ModuleParts<X>;
}

// biome-ignore lint/suspicious/noExplicitAny: the list of modules is heterogeneous; each was checked when declared.
export type Module = ModuleOptions<any, any, any, any, any>;

// biome-ignore lint/complexity/noBannedTypes: "no ports" is the empty record.
type None = {};

export function defineModule<
  N extends Ports,
  O extends Ports = None,
  X extends Ports = None,
  C extends TObject = TObject<None>,
  P extends Ports = None,
>(module: ModuleOptions<N, O, X, C, P>): Module {
  return module as unknown as Module;
}
