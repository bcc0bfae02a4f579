import { Audit } from '../../platform/audit/index.js';
import { CacheBoard } from '../../platform/cache/index.js';
import { EffectiveConfig } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { ErrorReference } from '../../platform/errors/index.js';
import { DeadLetters } from '../../platform/events/index.js';
import { Application } from '../../platform/health/index.js';
import { JobBoard } from '../../platform/jobs/index.js';
import { Clock } from '../../platform/kernel/index.js';
import { defineModule } from '../../platform/module/index.js';
import { cacheRoutes } from './cache.routes.js';
import { CacheAdminService } from './cache-admin.service.js';
import { deadLetterRoutes } from './dead-letter.routes.js';
import { DeadLetterService } from './dead-letter.service.js';
import { jobRoutes } from './job.routes.js';
import { systemRoutes } from './system.routes.js';
import { SystemService } from './system.service.js';

export const systemModule = defineModule({
  name: 'system',
  version: '1.0.0',
  summary: 'What operators ask of the running platform',
  criticality: 'optional',
  needs: {
    application: Application,
    effectiveConfig: EffectiveConfig,
    errorReference: ErrorReference,
    clock: Clock,
  },
  optional: { database: Database, jobs: JobBoard, deadLetters: DeadLetters, audit: Audit, cache: CacheBoard },
  setup: (deps) => {
    const service = new SystemService(deps);
    const deadLetters = new DeadLetterService(deps);
    return {
      service,
      exposes: {},
      routes: [
        ...systemRoutes(service),
        ...jobRoutes(service),
        ...deadLetterRoutes(deadLetters),
        ...cacheRoutes(new CacheAdminService(deps)),
      ],
    };
  },
});
