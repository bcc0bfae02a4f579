import {
  Cache,
  CacheBoard,
  CacheService,
  CacheWarmUp,
  cacheConfig,
  cacheErrors,
  cacheMigrations,
  findOrigin,
  renewOrigin,
} from '../cache/index.js';
import { Database } from '../database/index.js';
import type { Job } from '../jobs/index.js';
import { Clock, Instance } from '../kernel/index.js';
import { defineModule } from '../module/index.js';
import { Redis } from '../redis/index.js';

export const cacheModule = defineModule({
  name: 'cache',
  version: '1.0.0',
  summary: 'What is read often, kept near: in memory, in Redis where there is one. It decides nothing.',
  criticality: 'required',
  needs: { database: Database, clock: Clock, instance: Instance },
  optional: { redis: Redis },
  provides: { cache: Cache, board: CacheBoard },
  config: cacheConfig,
  errors: cacheErrors,
  migrations: cacheMigrations,
  // A proxy around each call would cost more than the call; it has metrics of its own.
  countsItself: true,
  setup: (deps) => {
    const service = new CacheService({ ...deps, findOrigin: () => findOrigin(deps.database) });
    const cleanUp: Job = {
      name: 'cache-changes-cleanup',
      summary: 'Removes changes that every instance has heard of from the database',
      schedule: { everySeconds: 3_600 },
      timeLimitSeconds: 600,
      run: async ({ signal }) => void (await service.prune(signal)),
    };
    return {
      service,
      exposes: { cache: service, board: service },
      jobs: [cleanUp],
      restoreParticipants: [{ afterRestore: renewOrigin }],
      workers: [new CacheWarmUp({ cache: service, log: deps.log })],
    };
  },
});
