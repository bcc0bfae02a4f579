import type { Database } from '../../../platform/database/index.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { PasswordHasher } from '../password/password-hasher.js';
import type { SessionService } from '../session/session.service.js';
import { loginJobs } from './login.jobs.js';
import type { LoginGuard } from './login-guard.js';
import type { SecondFactor } from './second-factor.js';
import { SignIn } from './sign-in.js';
import { signInRoutes } from './sign-in.routes.js';
import { SignInService } from './sign-in.service.js';
import { unlockRoutes } from './unlock.routes.js';

interface LoginDeps {
  readonly db: Database;
  readonly guard: LoginGuard;
  readonly metrics: AuthMetrics;
  readonly hasher: PasswordHasher;
  readonly sessions: SessionService;
  readonly secondFactor: SecondFactor;
}

/** The way in. */
export function assembleLogin({ db, guard, metrics, hasher, sessions, secondFactor }: LoginDeps) {
  const entrance = new SignIn({ guard, sessions, secondFactor });
  const signIn = new SignInService({ db, hasher, signIn: entrance, metrics });
  const routes = [...signInRoutes(signIn), ...unlockRoutes(guard)];
  return { entrance, signIn, routes, jobs: loginJobs(guard) };
}
