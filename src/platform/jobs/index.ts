export { type ClusterGaugesOptions, clusterGauges, type GaugeValue } from './cluster-gauges.js';
export type { Job, JobRun, JobSchedule } from './job.js';
export { jobMigrations } from './job.migrations.js';
export { JobBoard, JobBoardService, type JobReport } from './job-board.js';
export { JobRegistry, Jobs } from './job-registry.js';
export { JobRunner } from './job-runner.js';
export { jobsConfig } from './jobs.config.js';
