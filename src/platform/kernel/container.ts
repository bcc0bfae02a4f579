import { backoffMs } from './backoff.js';
import type { Clock } from './clock.js';
import { dependencyOrder } from './graph.js';
import { HealthWatch, type ServiceReport, type Watched } from './health-watch.js';
import { pause } from './pause.js';
import type { BaseService } from './service.js';
import { withTimeLimit } from './time-limit.js';

export interface ServiceNode {
  readonly service: BaseService;
  /** `required`: its failure fails the start. `optional`: it is retried for ever while its dependents wait. */
  readonly criticality: 'required' | 'optional';
  /** Must run before this one starts, and until it has closed. */
  readonly needs: readonly string[];
  /** Tried before this one starts, and closed after it; their failure does not stop it. */
  readonly prefers?: readonly string[];
}

export interface ContainerOptions {
  readonly clock: Clock;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  readonly startTimeoutMs: number;
  readonly healthTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** Pause after the failed start attempt number `attempt` (1, 2, …) of an optional service. */
  readonly retryDelayMs?: (attempt: number) => number;
}

interface Entry extends ServiceNode, Watched {
  readonly name: string;
  readonly after: readonly string[];
  /** Resolves when the first attempt is over, or when it has to wait for a dependency that failed its own. */
  readonly tried: Promise<void>;
  readonly markTried: () => void;
  /** Resolves when it runs; rejects when it never will. */
  up: Promise<void>;
  /** An `initialize` that outlived its time limit; resolves when its late success has been closed. */
  straggler: Promise<void>;
  closed: Promise<void>;
}

const retryRange = { baseMs: 500, maxMs: 30_000 };

/**
 * Starts services along their dependencies (independent ones side by side), watches them, and closes
 * them in reverse. A required service that does not start unwinds what had started. Every service
 * that started is closed exactly once, after everything that depends on it; each step has a time limit.
 */
export class ServiceContainer {
  readonly #entries: readonly Entry[];
  readonly #byName: ReadonlyMap<string, Entry>;
  readonly #options: ContainerOptions;
  readonly #stopping = new AbortController();
  readonly #watch: HealthWatch;
  #closing: Promise<void> | undefined;

  constructor(nodes: readonly ServiceNode[], options: ContainerOptions) {
    this.#options = options;
    this.#entries = dependencyOrder(nodes.map(toEntry));
    this.#byName = new Map(this.#entries.map((entry) => [entry.name, entry]));
    for (const entry of this.#entries) this.#refuseWeakNeed(entry);
    this.#watch = new HealthWatch(this.#entries, options.clock, options.healthTimeoutMs);
  }

  /** Resolves when all required services run; rejects, with everything closed again, when one cannot. */
  async start(): Promise<void> {
    for (const entry of this.#entries) {
      entry.up = this.#bringUp(entry);
      entry.up.then(entry.markTried, entry.markTried);
    }
    const required = this.#entries.filter((entry) => entry.criticality === 'required');
    try {
      await Promise.all(required.map((entry) => entry.up));
      await Promise.all(this.#entries.map((entry) => entry.tried));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Closes all that runs, dependents first. Later calls return the first one's promise. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  /** Looks at every service: side by side, each with a time limit, at most once a second, single flight. */
  check(): Promise<readonly ServiceReport[]> {
    return this.#watch.check();
  }

  #refuseWeakNeed(entry: Entry): void {
    if (entry.criticality === 'optional') return;
    for (const need of this.#entriesOf(entry.needs)) {
      if (need.criticality === 'required') continue;
      throw new Error(
        `"${entry.name}" is required but needs "${need.name}", which is optional. ` +
          `List "${need.name}" under optional, or change the criticality of one of them.`,
      );
    }
  }

  #entriesOf(names: readonly string[] = []): Entry[] {
    return names.map((name) => this.#byName.get(name) as Entry);
  }

  async #bringUp(entry: Entry): Promise<void> {
    const needs = this.#entriesOf(entry.needs);
    await Promise.all([...needs, ...this.#entriesOf(entry.prefers)].map((dependency) => dependency.tried));
    if (needs.some((need) => need.state !== 'running')) entry.markTried();
    await Promise.all(needs.map((need) => need.up));
    for (;;) {
      this.#stopping.signal.throwIfAborted();
      try {
        await this.#initialize(entry);
        return;
      } catch (error) {
        this.#attemptFailed(entry, error);
      }
      await pause(this.#retryDelayMs(entry.attempts), this.#stopping.signal);
      await entry.straggler;
    }
  }

  #retryDelayMs(attempts: number): number {
    return this.#options.retryDelayMs?.(attempts) ?? backoffMs(attempts, retryRange);
  }

  async #initialize(entry: Entry): Promise<void> {
    const { service, name } = entry;
    entry.state = 'starting';
    entry.attempts += 1;
    const startedMs = performance.now();
    await withTimeLimit(
      `The start of "${name}"`,
      this.#options.startTimeoutMs,
      (signal) => service.initialize(signal),
      {
        signal: this.#stopping.signal,
        abandoned: (settled) => {
          entry.straggler = settled.then(
            () => this.#closeService(entry),
            () => {},
          );
        },
      },
    );
    entry.state = 'running';
    entry.startedAt = this.#options.clock.now();
    const durationMs = Math.round(performance.now() - startedMs);
    this.#options.log.info({ started: name, durationMs }, 'service started');
  }

  #attemptFailed(entry: Entry, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    entry.state = 'failed';
    entry.failure = reason;
    if (entry.criticality === 'required' || this.#stopping.signal.aborted) {
      throw new Error(`Service "${entry.name}" did not start: ${reason}`, { cause: error });
    }
    entry.markTried();
    this.#options.log.warn(
      { failed: entry.name, attempt: entry.attempts, err: error },
      'optional service did not start, trying again',
    );
  }

  async #closeAll(): Promise<void> {
    this.#stopping.abort(new Error('the application is stopping'));
    for (const entry of [...this.#entries].reverse()) {
      const dependents = this.#entries.filter((other) => other.after.includes(entry.name));
      entry.closed = this.#closeEntry(entry, dependents);
    }
    await Promise.all(this.#entries.map((entry) => entry.closed));
  }

  async #closeEntry(entry: Entry, dependents: readonly Entry[]): Promise<void> {
    await Promise.all(dependents.map((dependent) => dependent.closed));
    await Promise.allSettled([entry.up]);
    if (entry.state === 'running') await this.#closeService(entry);
    else await this.#bounded(entry, () => entry.straggler);
    entry.state = 'closed';
  }

  #closeService(entry: Entry): Promise<void> {
    entry.state = 'closing';
    return this.#bounded(entry, () => entry.service.close());
  }

  /** A service that cannot close must not keep the others open. */
  async #bounded(entry: Entry, work: () => Promise<void>): Promise<void> {
    try {
      await withTimeLimit(`The close of "${entry.name}"`, this.#options.closeTimeoutMs, work);
    } catch (error) {
      this.#options.log.error({ failed: entry.name, err: error }, 'service did not close cleanly');
    }
  }
}

function toEntry(node: ServiceNode): Entry {
  let markTried = () => {};
  const tried = new Promise<void>((resolve) => {
    markTried = resolve;
  });
  return {
    ...node,
    name: node.service.name,
    after: [...node.needs, ...(node.prefers ?? [])],
    critical: node.criticality === 'required',
    state: 'waiting',
    attempts: 0,
    startedAt: null,
    failure: undefined,
    tried,
    markTried,
    up: Promise.resolve(),
    straggler: Promise.resolve(),
    closed: Promise.resolve(),
  };
}
