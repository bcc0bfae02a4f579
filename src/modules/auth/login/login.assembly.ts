import type { Audit } from '../../../platform/audit/index.js';
import type { Database } from '../../../platform/database/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { AuthConfig } from '../auth.config.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { PasswordHasher } from '../password/password-hasher.js';
import type { SessionService } from '../session/session.service.js';
import type { KeyRing } from '../token/key-ring.js';
import { loginJobs } from './login.jobs.js';
import { LoginGuard } from './login-guard.js';
import { LoginKeys } from './login-keys.js';
import type { SecondFactor } from './second-factor.js';
import { SignIn } from './sign-in.js';
import { signInRoutes } from './sign-in.routes.js';
import { SignInService } from './sign-in.service.js';
import { unlockRoutes } from './unlock.routes.js';

interface LoginDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly events: Events;
  readonly log: Logger;
  readonly config: AuthConfig;
  readonly metrics: AuthMetrics;
  readonly hasher: PasswordHasher;
  readonly keys: KeyRing;
  readonly sessions: SessionService;
  readonly secondFactor: SecondFactor;
}

/** The way in and what guards it. Usable once `keys` are loaded. */
export function assembleLogin({ hasher, keys, sessions, secondFactor, config, ...deps }: LoginDeps) {
  const { db, metrics } = deps;
  const guard = new LoginGuard({
    ...deps,
    keys: new LoginKeys(() => keys.refreshKey),
    config: config.login,
  });
  const entrance = new SignIn({ guard, sessions, secondFactor });
  const signIn = new SignInService({ db, hasher, signIn: entrance, metrics });
  const routes = [...signInRoutes(signIn), ...unlockRoutes(guard)];
  return { guard, entrance, signIn, routes, jobs: loginJobs(guard) };
}
