import { port, type ServiceReport } from '../kernel/index.js';

export type Phase = 'starting' | 'serving' | 'draining';

/** What the running application says of itself. */
export interface Application {
  readonly version: string;
  phase(): Phase;
  /** Every service, looked at at most a second ago. */
  services(): Promise<readonly ServiceReport[]>;
}

export const Application = port<Application>('application');

export type ReadinessStatus = 'ready' | 'degraded' | 'not-ready' | 'draining';

export interface Readiness {
  readonly status: ReadinessStatus;
  readonly checks: Record<
    string,
    { status: ServiceReport['status']; critical: boolean; latencyMs: number; error?: string; note?: string }
  >;
}

/** Not ready while anything critical is unhealthy; degraded while anything at all is less than healthy. */
export function readinessOf(phase: Phase, reports: readonly ServiceReport[]): Readiness {
  const checks: Readiness['checks'] = {};
  for (const { name, status, critical, latencyMs, detail, note } of reports) {
    checks[name] = {
      ...{ status, critical, latencyMs },
      ...(detail !== undefined && { error: detail }),
      ...(note !== undefined && { note }),
    };
  }
  return { status: statusOf(phase, reports), checks };
}

function statusOf(phase: Phase, reports: readonly ServiceReport[]): ReadinessStatus {
  if (phase === 'draining') return 'draining';
  if (phase === 'starting') return 'not-ready';
  if (reports.some(({ critical, status }) => critical && status === 'unhealthy')) return 'not-ready';
  return reports.every(({ status }) => status === 'healthy') ? 'ready' : 'degraded';
}
