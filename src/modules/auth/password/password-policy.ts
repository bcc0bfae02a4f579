import type { AppError } from '../../../platform/errors/index.js';
import { passwordLength, passwordRefusal } from '../account/account.domain.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import { loadCommonPasswords } from './common-passwords.js';

/** What a new password has to be, whoever chooses it and whenever. */
export class PasswordPolicy {
  readonly #config: AuthConfig['password'];
  #common: Promise<ReadonlySet<string>> | undefined;

  constructor(config: AuthConfig['password']) {
    this.#config = config;
  }

  /** Why a prepared password may not be that of `username`. */
  async refusal(password: string, username: string): Promise<AppError | undefined> {
    const { lengthMin: min, lengthMax: max, commonMax } = this.#config;
    this.#common ??= loadCommonPasswords(commonMax);
    const rule = { lengthMin: min, lengthMax: max, common: await this.#common };
    switch (passwordRefusal(password, username, rule)) {
      case 'password-length':
        return authErrors.passwordLength({ params: { min, max, length: passwordLength(password) } });
      case 'password-simple':
        return authErrors.passwordSimple();
      case 'password-common':
        return authErrors.passwordCommon({ params: { max: commonMax } });
      case 'password-is-username':
        return authErrors.passwordIsUsername();
      default:
        return undefined;
    }
  }
}
