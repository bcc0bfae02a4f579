import type { Database } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import { asciiLowerCase, loginKey, preparePassword } from '../account/account.domain.js';
import { type Credentials, findCredentials, replacePasswordHash } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { PasswordHasher } from '../password/password-hasher.js';
import type { SignedIn } from '../session/session.service.js';
import type { Proven, SignIn, SignInRequest } from './sign-in.js';

export interface Login extends SignInRequest {
  readonly login: string;
  readonly password: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

interface SignInServiceDeps {
  readonly db: Database;
  readonly hasher: PasswordHasher;
  readonly signIn: SignIn;
  readonly metrics: AuthMetrics;
}

interface Typed {
  readonly password: string;
  readonly signal: AbortSignal | undefined;
}

/** A hash may be replaced while it is verified, also by a stronger one of the same password: once more, then. */
const roundsMax = 2;
const busyCode = authErrors.passwordHashingBusy.definition.code;

/** Signs in with a username or an e-mail address and a password. */
export class SignInService {
  readonly #deps: SignInServiceDeps;

  constructor(deps: SignInServiceDeps) {
    this.#deps = deps;
  }

  initialize(): Promise<void> {
    return this.#deps.hasher.prepare();
  }

  /**
   * Raises 401 `invalid-credentials`, `account-banned` or what the second factor says, 429 `login-locked`, 503
   * `password-hashing-busy`, 408 `client-left`.
   */
  login(request: Login): Promise<SignedIn> {
    return this.#deps.metrics.login(() => this.#login(request));
  }

  async #login({ login, password, signal, ...request }: Login): Promise<SignedIn> {
    const { db, signIn } = this.#deps;
    for (let round = 1; ; round += 1) {
      const found = await findCredentials(db, loginKey(login));
      const replaced = authErrors.invalidCredentials();
      const typed = { password: preparePassword(password), signal };
      try {
        const subject = found ? { userId: found.account.id } : { login: asciiLowerCase(login) };
        return await signIn.enter({ subject, prove: () => this.#prove(found, typed, replaced) }, request);
      } catch (error) {
        if (error !== replaced || round === roundsMax) throw error;
      }
    }
  }

  /** `replaced`: the refusal when the hash is another one by the time that the session is opened. */
  async #prove(
    found: Credentials | undefined,
    { password, signal }: Typed,
    replaced: AppError,
  ): Promise<Proven | AppError> {
    const right = await this.#deps.hasher.verify(found?.passwordHash, password, signal);
    if (!found || !right) return authErrors.invalidCredentials();
    return {
      userId: found.account.id,
      refuse: ({ account, passwordHash }) => {
        if (account.status === 'closed') return authErrors.invalidCredentials();
        return passwordHash === found.passwordHash ? undefined : replaced;
      },
      opened: await this.#rehash(found, { password, signal }),
    };
  }

  /** A hash of today's parameters in the place of a weaker one; left for the next time when many wait for hashes. */
  async #rehash(
    { account, passwordHash }: Credentials,
    { password, signal }: Typed,
  ): Promise<Proven['opened']> {
    const { hasher } = this.#deps;
    if (!hasher.isOutdated(passwordHash)) return undefined;
    try {
      const next = await hasher.hash(password, signal);
      return async (tx) => {
        await replacePasswordHash(tx, account.id, { from: passwordHash, to: next });
        return undefined;
      };
    } catch (error) {
      if (error instanceof AppError && error.code === busyCode) return undefined;
      throw error;
    }
  }
}
