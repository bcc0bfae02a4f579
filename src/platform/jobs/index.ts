export type { Job, JobRun, JobSchedule } from './job.js';
