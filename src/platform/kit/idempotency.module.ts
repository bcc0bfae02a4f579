import { Database } from '../database/index.js';
import {
  Idempotency,
  IdempotencyService,
  idempotencyConfig,
  idempotencyErrors,
  idempotencyMigrations,
} from '../idempotency/index.js';
import { Clock } from '../kernel/index.js';
import { defineModule } from '../module/index.js';

export const idempotencyModule = defineModule({
  name: 'idempotency',
  version: '1.0.0',
  summary: 'Requests that may be repeated: an Idempotency-Key has one effect and one answer.',
  criticality: 'required',
  needs: { database: Database, clock: Clock },
  provides: { idempotency: Idempotency },
  config: idempotencyConfig,
  errors: idempotencyErrors,
  migrations: idempotencyMigrations,
  countsItself: true,
  setup: (deps) => {
    const service = new IdempotencyService(deps);
    return { service, exposes: { idempotency: service }, jobs: [service.cleanup] };
  },
});
