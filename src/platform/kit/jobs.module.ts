import { Database } from '../database/index.js';
import {
  JobBoard,
  JobBoardService,
  JobRegistry,
  JobRunner,
  Jobs,
  jobMigrations,
  jobsConfig,
} from '../jobs/index.js';
import { Clock, Instance } from '../kernel/index.js';
import { defineModule } from '../module/index.js';

export const jobsModule = defineModule({
  name: 'jobs',
  version: '1.0.0',
  summary: 'What the cluster does by itself: schedules, each occurrence run by one instance',
  criticality: 'optional',
  needs: { database: Database, clock: Clock, instance: Instance },
  provides: { board: JobBoard, registry: JobRegistry },
  config: jobsConfig,
  migrations: jobMigrations,
  setup: ({ database, clock, instance, config, log, metrics }) => {
    const registry = new Jobs();
    const runner = new JobRunner({
      ...{ database, clock, config, log, metrics, registry },
      holder: instance.name,
    });
    const board = new JobBoardService({ database, clock, registry, wake: () => runner.wake() });
    return { service: board, exposes: { board, registry }, workers: [runner] };
  },
});
