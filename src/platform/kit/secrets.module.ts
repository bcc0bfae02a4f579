import { Audit } from '../audit/index.js';
import { Database } from '../database/index.js';
import { DataFolder } from '../files/index.js';
import { type BaseService, healthy } from '../kernel/index.js';
import type { Logger } from '../logger/index.js';
import { defineModule } from '../module/index.js';
import { SecretHolders, Secrets, StoredSecrets, secretsCommands, secretsConfig } from '../secrets/index.js';

const name = 'secrets';
const version = '1.0.0';
const inTheClear =
  'secrets.key is not set: the keys that sign tokens lie in the database in the clear. Make one with `openssl rand -base64 32` and give it to every instance.';

function serviceOf(secrets: StoredSecrets, log: Logger): BaseService {
  return {
    name,
    version,
    async initialize() {
      await secrets.load();
      if (secrets.currentKeyId === null) log.warn(inTheClear);
    },
    async health() {
      return secrets.currentKeyId === null ? { status: 'degraded', detail: inTheClear } : healthy;
    },
    async close() {},
  };
}

export const secretsModule = defineModule({
  name,
  version,
  summary: 'Encryption of what must stay secret in the database, and the rotation of its key.',
  criticality: 'required',
  needs: { db: Database, data: DataFolder, holders: SecretHolders, audit: Audit },
  provides: { secrets: Secrets },
  config: secretsConfig,
  setup: ({ db, data, holders, audit, config, log }) => {
    const secrets = new StoredSecrets({ config, engine: db.engine, dataFolder: data.path });
    return {
      service: serviceOf(secrets, log),
      exposes: { secrets },
      commands: secretsCommands({ db, secrets, holders, audit }),
    };
  },
});
