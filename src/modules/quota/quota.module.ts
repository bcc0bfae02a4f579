import { Database } from '../../platform/database/index.js';
import { Clock } from '../../platform/kernel/index.js';
import { defineModule } from '../../platform/module/index.js';
import { quotaConfig } from './quota.config.js';
import { quotaErrors } from './quota.errors.js';
import { reservationSweepJob } from './quota.jobs.js';
import { quotaMetrics } from './quota.metrics.js';
import { quotaMigrations } from './quota.migrations.js';
import { Quota, QuotaFactor } from './quota.port.js';
import { quotaRoutes } from './quota.routes.js';
import { QuotaService } from './quota.service.js';

export const quotaModule = defineModule({
  name: 'quota',
  version: '1.0.0',
  summary: 'AI tokens of users: granted, reserved before a call, settled after it, never overspent.',
  criticality: 'required',
  needs: { database: Database, clock: Clock },
  optional: { factor: QuotaFactor },
  provides: { quota: Quota },
  config: quotaConfig,
  errors: quotaErrors,
  migrations: quotaMigrations,
  setup: ({ database, clock, factor, config, metrics }) => {
    const service = new QuotaService({
      ...{ database, clock, factor, config },
      metrics: quotaMetrics(metrics),
    });
    return {
      service,
      exposes: { quota: service },
      routes: quotaRoutes(service),
      jobs: [reservationSweepJob(service, config.reservation)],
    };
  },
});
