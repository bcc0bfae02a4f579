import type { Audit, AuditActor } from '../../platform/audit/index.js';
import type { EffectiveConfig, EffectiveKey } from '../../platform/config/index.js';
import type { Database } from '../../platform/database/index.js';
import type { ErrorDefinition, ErrorReference } from '../../platform/errors/index.js';
import type { Application, Phase } from '../../platform/health/index.js';
import { httpErrors } from '../../platform/http/index.js';
import type { JobBoard } from '../../platform/jobs/index.js';
import {
  type BaseService,
  type Clock,
  type Health,
  healthy,
  type ServiceReport,
} from '../../platform/kernel/index.js';
import { describeJob } from './job.views.js';

interface SystemDeps {
  readonly application: Application;
  readonly effectiveConfig: EffectiveConfig;
  readonly errorReference: ErrorReference;
  readonly clock: Clock;
  readonly database: Database;
  readonly jobs: JobBoard;
  readonly audit: Audit;
}

/** What operators ask of the running platform. */
export class SystemService implements BaseService {
  readonly name = 'system';
  readonly version = '1.0.0';
  readonly #deps: SystemDeps;

  constructor(deps: SystemDeps) {
    this.#deps = deps;
  }

  async initialize(): Promise<void> {}

  /** What it can't do without is the process it runs in; without the database it only knows no jobs. */
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

  async listJobs() {
    return (await this.#deps.jobs.list()).map(describeJob);
  }

  /** Raises `not-found` for a job that this release does not have. */
  async requestJobRun(name: string, actor: AuditActor) {
    const { database, jobs, audit } = this.#deps;
    const requestedAt = await database.withTransaction({ name: 'request-job-run' }, async (tx) => {
      const requested = await jobs.requestRun(tx, name);
      const target = { type: 'job', id: name };
      if (requested) await audit.record(tx, { action: 'system.job-run-requested', actor, target });
      return requested;
    });
    if (!requestedAt) throw httpErrors.notFound();
    return { name, requestedAt: requestedAt.toISOString() };
  }
}
