export { denialProblem, quotaErrors } from './quota.errors.js';
export { quotaMigrations } from './quota.migrations.js';
export { quotaModule } from './quota.module.js';
export {
  type Denied,
  Quota,
  type QuotaFactorPort,
  type QuotaPort,
  type QuotaReading,
  type Reserved,
  type ReserveRequest,
  type Settlement,
  type TokenUsage,
} from './quota.port.js';
