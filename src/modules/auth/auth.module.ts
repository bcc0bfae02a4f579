import { availableParallelism } from 'node:os';
import { Audit } from '../../platform/audit/index.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { Authenticator } from '../../platform/http/index.js';
import { type BaseService, Clock, healthy } from '../../platform/kernel/index.js';
import type { Metrics } from '../../platform/metrics/index.js';
import { defineModule } from '../../platform/module/index.js';
import { Secrets } from '../../platform/secrets/index.js';
import { AccessTokens } from './access-token.js';
import { countAccounts } from './account.repository.js';
import { accountRoutes } from './account.routes.js';
import { AccountService } from './account.service.js';
import { authCommands } from './auth.commands.js';
import { type AuthConfig, authConfig } from './auth.config.js';
import { authErrors } from './auth.errors.js';
import { AuthMetrics } from './auth.metrics.js';
import { authMigrations } from './auth.migrations.js';
import { Accounts, FirstAccounts } from './auth.port.js';
import { signingKeySecrets } from './auth.secrets.js';
import { SessionAuthenticator } from './authenticator.service.js';
import { FirstAccountsService } from './first-accounts.service.js';
import { KeyRing } from './key-ring.js';
import { PasswordHasher } from './password-hasher.js';
import { sessionRoutes } from './session.routes.js';
import { SessionService } from './session.service.js';

const name = 'auth';
const version = '1.0.0';

interface AuthDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly config: AuthConfig;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
}

/** Puts the services together; `hasher` is replaced by tests that count its work. */
export function assembleAuth(
  { db, clock, audit, config, metrics, secrets }: AuthDeps,
  hasher = hasherOf(config),
) {
  const authMetrics = new AuthMetrics(metrics);
  const keys = new KeyRing({ db, clock, secrets });
  const tokens = new AccessTokens(keys, clock, config.accessToken);
  const accounts = new AccountService({ db, clock, audit, config, hasher, metrics: authMetrics });
  const sessions = new SessionService({ db, clock, config, hasher, keys, tokens, metrics: authMetrics });
  const authenticator = new SessionAuthenticator({
    ...{ db, clock, tokens },
    config: config.session,
    metrics: authMetrics,
  });
  const firstAccounts = new FirstAccountsService(accounts, config.adminPassword);
  return {
    accounts,
    sessions,
    authenticator,
    firstAccounts,
    keys,
    tokens,
    service: serviceOf(keys, sessions),
  };
}

function hasherOf({ password }: AuthConfig): PasswordHasher {
  return new PasswordHasher({
    memoryKibibytes: password.memoryKib,
    passes: password.passes,
    lanes: password.lanes,
    inFlightMax: password.hashesInFlightMax ?? availableParallelism(),
    queueMax: password.hashQueueMax,
  });
}

function serviceOf(keys: KeyRing, sessions: SessionService): BaseService {
  return {
    name,
    version,
    async initialize() {
      await keys.load();
      await sessions.initialize();
    },
    async health() {
      if (await keys.signingKeyExists()) return healthy;
      return { status: 'unhealthy', detail: 'The key that signs access tokens is gone from the database.' };
    },
    /** Nothing runs by itself: requests end before services close, and the database is closed by its own. */
    async close() {},
  };
}

/** A backup is restored only where nobody has an account. */
async function accountsIn(where: Queryable): Promise<string | undefined> {
  const count = await countAccounts(where);
  return count === 0 ? undefined : `${count} accounts`;
}

export const authModule = defineModule({
  name,
  version,
  summary: 'Accounts, sign-in, sessions and the tokens that stand for them.',
  criticality: 'required',
  needs: { db: Database, clock: Clock, audit: Audit, secrets: Secrets },
  provides: { accounts: Accounts, firstAccounts: FirstAccounts, authenticator: Authenticator },
  config: authConfig,
  errors: authErrors,
  migrations: authMigrations,
  setup: (deps) => {
    const { accounts, sessions, authenticator, firstAccounts, keys, service } = assembleAuth(deps);
    return {
      service,
      exposes: { accounts, firstAccounts, authenticator },
      routes: [...accountRoutes({ accounts, sessions, keys }), ...sessionRoutes(sessions)],
      commands: authCommands(accounts),
      secretHolders: [signingKeySecrets],
      restoreParticipants: [{ occupiedBy: accountsIn }],
    };
  },
});
