import type { EffectiveConfig, EffectiveKey } from '../../platform/config/index.js';
import type { ErrorDefinition, ErrorReference } from '../../platform/errors/index.js';
import type { Application, Phase } from '../../platform/health/index.js';
import { httpErrors } from '../../platform/http/index.js';
import {
  type BaseService,
  type Clock,
  type Health,
  healthy,
  type ServiceReport,
} from '../../platform/kernel/index.js';

interface SystemDeps {
  readonly application: Application;
  readonly effectiveConfig: EffectiveConfig;
  readonly errorReference: ErrorReference;
  readonly clock: Clock;
}

/** What operators ask of the running process; reads only. */
export class SystemService implements BaseService {
  readonly name = 'system';
  readonly version = '1.0.0';
  readonly #deps: SystemDeps;

  constructor(deps: SystemDeps) {
    this.#deps = deps;
  }

  async initialize(): Promise<void> {}

  /** Its one source is the process it runs in. */
  async health(): Promise<Health> {
    return healthy;
  }

  async close(): Promise<void> {}

  phase(): Phase {
    return this.#deps.application.phase();
  }

  reports(): Promise<readonly ServiceReport[]> {
    return this.#deps.application.services();
  }

  describe(report: ServiceReport) {
    const { startedAt, checkedAt } = report;
    const ageMs = startedAt ? this.#deps.clock.now().getTime() - startedAt.getTime() : 0;
    return {
      ...report,
      startedAt: startedAt?.toISOString() ?? null,
      checkedAt: checkedAt?.toISOString() ?? null,
      uptimeSeconds: ageMs / 1000,
    };
  }

  effectiveConfig(): EffectiveKey[] {
    return this.#deps.effectiveConfig.describeEffective();
  }

  /** Raises `not-found` for a code that no error has. */
  errorPage(code: string): ErrorDefinition {
    const definition = this.#deps.errorReference.get(code);
    if (!definition) throw httpErrors.notFound();
    return definition;
  }
}
