import { Audit } from '../audit/index.js';
import {
  BackupService,
  backupCommands,
  backupErrors,
  RestoreParticipants,
  RestoreService,
} from '../backup/index.js';
import { Database, Schema } from '../database/index.js';
import { Application } from '../health/index.js';
import { Clock, healthy } from '../kernel/index.js';
import { defineModule } from '../module/index.js';
import { SecretHolders, Secrets } from '../secrets/index.js';

const name = 'backup';
const version = '1.0.0';

export const backupModule = defineModule({
  name,
  version,
  summary: 'The whole database as one file, on one engine, and back on the same or the other.',
  criticality: 'optional',
  needs: {
    db: Database,
    schema: Schema,
    clock: Clock,
    secrets: Secrets,
    application: Application,
    holders: SecretHolders,
    participants: RestoreParticipants,
    audit: Audit,
  },
  errors: backupErrors,
  setup: ({ application, ...deps }) => ({
    service: {
      name,
      version,
      async initialize() {},
      health: async () => healthy,
      async close() {},
    },
    exposes: {},
    commands: backupCommands(
      new BackupService({ ...deps, application: application.version }),
      new RestoreService(deps),
    ),
  }),
});
