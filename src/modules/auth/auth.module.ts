import { availableParallelism } from 'node:os';
import { Audit } from '../../platform/audit/index.js';
import { EffectiveConfig } from '../../platform/config/index.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { Events } from '../../platform/events/index.js';
import { DataFolder } from '../../platform/files/index.js';
import { Authenticator, DeclaredRoutes, Exports, type Route } from '../../platform/http/index.js';
import { type BaseService, Clock, healthy } from '../../platform/kernel/index.js';
import type { Logger } from '../../platform/logger/index.js';
import { Mail } from '../../platform/mail/index.js';
import type { Metrics } from '../../platform/metrics/index.js';
import { defineModule } from '../../platform/module/index.js';
import { PersonalDataHolders } from '../../platform/personal-data/index.js';
import { Redis } from '../../platform/redis/index.js';
import { Secrets } from '../../platform/secrets/index.js';
import { accountCommands } from './account/account.commands.js';
import { countAccounts } from './account/account.repository.js';
import { accountRoutes } from './account/account.routes.js';
import { AccountService } from './account/account.service.js';
import { AccountOpening } from './account/account-opening.js';
import { FirstAccountsService } from './account/first-accounts.service.js';
import { ProfileService } from './account/profile.service.js';
import { type AuthConfig, authConfig } from './auth.config.js';
import { authErrors } from './auth.errors.js';
import { authEvents } from './auth.events.js';
import { AuthMetrics } from './auth.metrics.js';
import { authMigrations } from './auth.migrations.js';
import { Accounts, FirstAccounts } from './auth.port.js';
import { accountExport } from './closing/account-export.js';
import { authPersonalData } from './closing/auth-personal-data.js';
import { closingRoutes } from './closing/closing.routes.js';
import { ClosingService } from './closing/closing.service.js';
import { assembleCredentials } from './credentials.assembly.js';
import { assembleLogin } from './login/login.assembly.js';
import { LoginGuard } from './login/login-guard.js';
import { LoginKeys } from './login/login-keys.js';
import type { SecondFactor } from './login/second-factor.js';
import type { SignInService } from './login/sign-in.service.js';
import { PasswordHasher } from './password/password-hasher.js';
import { assemblePhones, codeSenderOf } from './phone/phone.assembly.js';
import { SessionCode } from './phone/session-code.js';
import { AuthChanges } from './revocation/auth-changes.js';
import { adoptChanges } from './revocation/auth-changes.repository.js';
import { assembleRevocation } from './revocation/revocation.assembly.js';
import { Acting } from './role/acting.js';
import { PermissionService } from './role/permission.service.js';
import { roleRoutes } from './role/role.routes.js';
import { RoleService } from './role/role.service.js';
import { sessionJobs } from './session/session.jobs.js';
import { sessionRoutes } from './session/session.routes.js';
import { SessionService } from './session/session.service.js';
import { SessionAdmission } from './session/session-admission.js';
import { SessionEnds } from './session/session-ends.js';
import { SessionLimit } from './session/session-limit.js';
import { banRoutes } from './staff/ban.routes.js';
import { BanService } from './staff/ban.service.js';
import { ForcedLogoutService } from './staff/forced-logout.service.js';
import { RoleAssignmentService } from './staff/role-assignment.service.js';
import { staffHolders } from './staff/staff.personal-data.js';
import { userRoutes } from './staff/user.routes.js';
import { UserDirectoryService } from './staff/user-directory.service.js';
import { AccessTokens } from './token/access-token.js';
import { keyCommands } from './token/key.commands.js';
import { signingKeySecrets } from './token/key.secrets.js';
import { KeyRing } from './token/key-ring.js';
import { KeyRotation } from './token/key-rotation.js';

const name = 'auth';
const version = '1.0.0';

interface AuthDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly events: Events;
  readonly log: Logger;
  readonly config: AuthConfig;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  readonly opening: AccountOpening;
  readonly limit: SessionLimit;
  readonly routes: DeclaredRoutes;
  readonly codeSender: SessionCode;
  readonly exports: Exports;
  readonly holders: PersonalDataHolders;
  /** Of tests that look at the way in alone. */
  readonly signInFactor?: SecondFactor | undefined;
  readonly redis: Redis;
}

/** Puts the services together; `hasher` is replaced by tests that count its work. */
export function assembleAuth(deps: AuthDeps, hasher = hasherOf(deps.config)) {
  const { db, clock, audit, config, secrets, events, limit, routes, codeSender } = deps;
  const { exports, holders } = deps;
  const metrics = new AuthMetrics(deps.metrics);
  const keys = new KeyRing({ db, clock, secrets });
  const tokens = new AccessTokens(keys, clock, config.accessToken);
  const changes = new AuthChanges(clock);
  const rotation = new KeyRotation({ ...deps, changes, keys });
  const revocation = assembleRevocation({ ...deps, changes, keys, tokens, authMetrics: metrics });
  const ends = new SessionEnds({ clock, changes, metrics });
  const admission = new SessionAdmission({ config: config.session, limit, ends, events });
  const sessions = new SessionService({ db, clock, config, admission, ends, keys, tokens });
  const guard = new LoginGuard({
    ...{ ...deps, metrics },
    keys: new LoginKeys(() => keys.refreshKey),
    config: config.login,
  });
  const permissions = new PermissionService(routes);
  const acting = new Acting({ db, clock, permissions });
  const credentials = assembleCredentials({ ...deps, hasher, keys, changes, ends, acting, guard });
  const { policy, emails } = credentials;
  const accounts = new AccountService({ ...deps, hasher, changes, policy, emails, metrics });
  const secondFactor = deps.signInFactor ?? credentials.signInFactor;
  const login = assembleLogin({ db, guard, hasher, sessions, secondFactor, metrics });
  const { signIn, entrance } = login;
  const phone = assemblePhones({ ...{ db, clock, config, keys, accounts, entrance, codeSender }, metrics });
  const profiles = new ProfileService(db, clock, emails);
  const roles = new RoleService({ db, acting, audit, changes, permissions });
  const staff = {
    clock,
    directory: new UserDirectoryService({ db, clock, sessions }),
    assignment: new RoleAssignmentService({ acting, audit, events, changes, permissions }),
    bans: new BanService({ acting, audit, events, changes, ends }),
    forcedLogout: new ForcedLogoutService({ acting, audit, ends, blacklist: revocation.blacklist }),
  };
  const { proof } = credentials;
  const closing = new ClosingService({ db, audit, events, changes, ends, holders, proof });
  const exportOf = (userId: string) => accountExport({ db, clock, holders }, userId);
  const firstAccounts = new FirstAccountsService(accounts, config.adminPassword);
  return {
    ...{ accounts, changes, ends, guard, sessions, signIn, firstAccounts, keys, tokens, rotation },
    ...{ phone, profiles, roles, permissions, staff, credentials, ...revocation },
    closing,
    routes: [
      ...[...login.routes, ...phone.routes, ...credentials.routes],
      ...closingRoutes({ closing, proof, exports, exportOf }),
    ],
    jobs: [
      ...[...login.jobs, ...phone.jobs, ...credentials.jobs],
      ...sessionJobs({ db, clock, ends, config: config.session, metrics: deps.metrics }),
      ...[revocation.cleanup.job, rotation.job],
    ],
    personalData: [
      ...[...authPersonalData(clock), ...phone.personalData],
      ...[...credentials.personalData, ...staffHolders(clock)],
    ],
    service: serviceOf(keys, signIn),
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

function serviceOf(keys: KeyRing, signIn: SignInService): BaseService {
  return {
    name,
    version,
    async initialize() {
      await keys.load();
      await signIn.initialize();
    },
    async health() {
      if (await keys.signingKeyExists()) return healthy;
      return { status: 'unhealthy', detail: 'The key that signs access tokens is gone from the database.' };
    },
    /** What runs by itself is a worker: requests end before services close, and the database is closed by its own. */
    async close() {},
  };
}

export function authRoutes(auth: ReturnType<typeof assembleAuth>): Route[] {
  const { sessions, roles, permissions, staff, routes } = auth;
  return [
    ...accountRoutes(auth),
    ...routes,
    ...sessionRoutes(sessions),
    ...roleRoutes(roles, permissions),
    ...userRoutes(staff),
    ...banRoutes(staff),
  ];
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
  needs: {
    ...{ db: Database, clock: Clock, audit: Audit, events: Events, secrets: Secrets },
    ...{ dataFolder: DataFolder, effectiveConfig: EffectiveConfig },
    ...{ routes: DeclaredRoutes, exports: Exports, holders: PersonalDataHolders },
  },
  optional: { mail: Mail, redis: Redis },
  policies: { opening: AccountOpening, limit: SessionLimit, sessionCode: SessionCode },
  provides: { accounts: Accounts, firstAccounts: FirstAccounts, authenticator: Authenticator },
  config: authConfig,
  errors: authErrors,
  events: authEvents,
  migrations: authMigrations,
  setup: (deps) => {
    const auth = assembleAuth({ ...deps, codeSender: codeSenderOf(deps) });
    const { accounts, authenticator, firstAccounts, credentials, mirror, rotation, tail } = auth;
    const { jobs, personalData, service } = auth;
    return {
      service,
      exposes: { accounts, firstAccounts, authenticator },
      routes: authRoutes(auth),
      commands: [...accountCommands(accounts), ...keyCommands(rotation)],
      jobs,
      handlers: credentials.handlers(deps.mail, deps.log),
      workers: [tail, mirror],
      personalData,
      secretHolders: [signingKeySecrets, ...credentials.secretHolders],
      restoreParticipants: [{ occupiedBy: accountsIn, afterRestore: adoptChanges }],
    };
  },
});
