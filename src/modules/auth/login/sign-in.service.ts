import type { Database } from '../../../platform/database/index.js';
import { loginKey, preparePassword } from '../account/account.domain.js';
import { findCredentials } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { PasswordHasher } from '../password/password-hasher.js';
import type { Device, SessionService, SignedIn } from '../session/session.service.js';

export interface Login {
  readonly login: string;
  readonly password: string;
  readonly device?: Device | undefined;
  readonly address: string | undefined;
  /** A live session of the user that gives way to the new one. */
  readonly endSessionId?: string | undefined;
}

interface SignInServiceDeps {
  readonly db: Database;
  readonly hasher: PasswordHasher;
  readonly sessions: SessionService;
  readonly metrics: AuthMetrics;
}

/** Finds out who somebody is, and opens a session for them. */
export class SignInService {
  readonly #deps: SignInServiceDeps;
  /** Verified for a login that nobody has, so that it costs what a wrong password costs. */
  #decoyHash = '';

  constructor(deps: SignInServiceDeps) {
    this.#deps = deps;
  }

  async initialize(): Promise<void> {
    this.#decoyHash = await this.#deps.hasher.hash('nobody has this password');
  }

  /** Raises 401 `invalid-credentials` or `account-banned`, 409 `device-limit-reached`, 503 `password-hashing-busy`. */
  login({ login, password, device, address, endSessionId }: Login): Promise<SignedIn> {
    const { db, hasher, sessions, metrics } = this.#deps;
    return metrics.login(async () => {
      const found = await findCredentials(db, loginKey(login));
      const right = await hasher.verify(found?.passwordHash ?? this.#decoyHash, preparePassword(password));
      if (!found || !right) throw authErrors.invalidCredentials();
      return sessions.open({
        ...{ userId: found.account.id, device, address, endSessionId },
        // The password may have changed, and its sessions ended, while this one was verified.
        refuse: ({ account, passwordHash }) =>
          passwordHash === found.passwordHash && account.status !== 'closed'
            ? undefined
            : authErrors.invalidCredentials(),
      });
    });
  }
}
