import type { Clock } from './clock.js';
import type { BaseService, Health } from './service.js';
import { withTimeLimit } from './time-limit.js';

export type ServiceState = 'waiting' | 'starting' | 'running' | 'failed' | 'closing' | 'closed';

export interface Watched {
  readonly service: BaseService;
  readonly critical: boolean;
  readonly needs: readonly string[];
  state: ServiceState;
  attempts: number;
  startedAt: Date | null;
  /** Why the last start attempt failed. */
  failure: string | undefined;
}

export interface ServiceReport extends Health {
  readonly name: string;
  readonly version: string;
  readonly critical: boolean;
  readonly state: ServiceState;
  /** How long the look took. */
  readonly latencyMs: number;
  readonly checkedAt: Date | null;
  readonly startedAt: Date | null;
  /** Start attempts after the first one. */
  readonly restarts: number;
}

const freshForMs = 1_000;

/**
 * Looks at services in dependency order. One whose need is unhealthy is unhealthy itself, whatever it
 * says: it cannot do its work.
 */
export class HealthWatch {
  readonly #services: readonly Watched[];
  readonly #clock: Clock;
  readonly #limitMs: number;
  #reports: readonly ServiceReport[];
  #running: Promise<readonly ServiceReport[]> | undefined;
  #freshUntilMs = 0;

  /** `services` in dependency order. */
  constructor(services: readonly Watched[], clock: Clock, limitMs: number) {
    this.#services = services;
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#reports = services.map((watched) => report(watched, notRunning(watched), 0, null));
  }

  check(): Promise<readonly ServiceReport[]> {
    if (performance.now() < this.#freshUntilMs) return Promise.resolve(this.#reports);
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #look(): Promise<readonly ServiceReport[]> {
    const own = await Promise.all(this.#services.map((watched) => this.#lookAt(watched)));
    this.#reports = inheritFailures(this.#services, own);
    this.#freshUntilMs = performance.now() + freshForMs;
    return this.#reports;
  }

  async #lookAt(watched: Watched): Promise<ServiceReport> {
    const startMs = performance.now();
    const health = watched.state === 'running' ? await this.#ask(watched.service) : notRunning(watched);
    return report(watched, health, performance.now() - startMs, this.#clock.now());
  }

  async #ask(service: BaseService): Promise<Health> {
    try {
      return await withTimeLimit('The health check', this.#limitMs, () => service.health());
    } catch (error) {
      return { status: 'unhealthy', detail: error instanceof Error ? error.message : String(error) };
    }
  }
}

function notRunning({ state, failure }: Watched): Health {
  return { status: 'unhealthy', detail: failure ? `${state}: ${failure}` : state };
}

function inheritFailures(services: readonly Watched[], own: readonly ServiceReport[]): ServiceReport[] {
  const broken = new Set<string>();
  return own.map((found, index) => {
    const cause = (services[index] as Watched).needs.find((need) => broken.has(need));
    if (cause !== undefined || found.status === 'unhealthy') broken.add(found.name);
    if (cause === undefined || found.status === 'unhealthy') return found;
    return { ...found, status: 'unhealthy', detail: `needs "${cause}", which is unhealthy` };
  });
}

function report(watched: Watched, health: Health, latencyMs: number, checkedAt: Date | null): ServiceReport {
  const { service, critical, state, startedAt, attempts } = watched;
  return {
    name: service.name,
    version: service.version,
    critical,
    state,
    ...health,
    latencyMs: Math.round(latencyMs * 100) / 100,
    checkedAt,
    startedAt,
    restarts: Math.max(0, attempts - 1),
  };
}
