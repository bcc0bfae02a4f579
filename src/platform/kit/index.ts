import type { Module } from '../module/index.js';
import { auditModule } from './audit.module.js';
import { backupModule } from './backup.module.js';
import { cacheModule } from './cache.module.js';
import { eventsModule } from './events.module.js';
import { idempotencyModule } from './idempotency.module.js';
import { jobsModule } from './jobs.module.js';
import { mailModule } from './mail.module.js';
import { rateLimitModule } from './rate-limit.module.js';
import { redisModule } from './redis.module.js';
import { secretsModule } from './secrets.module.js';

/** What every module leans on, declared as modules are: each brings its configuration, tables, ports and metrics. */
export const kitModules: readonly Module[] = [
  redisModule,
  cacheModule,
  secretsModule,
  auditModule,
  eventsModule,
  jobsModule,
  idempotencyModule,
  rateLimitModule,
  mailModule,
  backupModule,
];
