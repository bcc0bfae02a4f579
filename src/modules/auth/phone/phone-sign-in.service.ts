import type { Database } from '../../../platform/database/index.js';
import type { AppError, Language } from '../../../platform/errors/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AccountService } from '../account/account.service.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { Proven, SignIn, SignInRequest } from '../login/sign-in.js';
import type { SignedIn } from '../session/session.service.js';
import { newUsername, normalisePhone } from './phone.domain.js';
import { findUserOfPhone, insertPhone } from './phone.repository.js';
import type { PhoneCodes } from './phone-codes.js';

export interface PhoneLogin extends SignInRequest {
  readonly phone: string;
  readonly code: string;
  /** Of the account that a new phone opens. */
  readonly locale: Language;
}

interface PhoneSignInDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly codes: PhoneCodes;
  readonly accounts: AccountService;
  readonly signIn: SignIn;
  readonly metrics: AuthMetrics;
}

/** Signs in with a phone and a code that was sent to it; a phone that nobody has opens an account. */
export class PhoneSignInService {
  readonly #deps: PhoneSignInDeps;

  constructor(deps: PhoneSignInDeps) {
    this.#deps = deps;
  }

  /**
   * The code is spent with the session that it opens: of two at once one signs in, and what is refused after the code
   * (a second factor, the limit of devices) may come back with it. Raises 400 `phone-invalid`, 401
   * `phone-code-invalid`, `account-banned` or what the second factor says, 429 `login-locked`, 503
   * `phone-codes-unavailable`.
   */
  async login({ phone: typed, code, locale, ...request }: PhoneLogin): Promise<SignedIn> {
    const { db, codes, signIn, metrics } = this.#deps;
    codes.requireSender();
    const phone = normalisePhone(typed);
    if (phone === undefined) throw authErrors.phoneInvalid();
    return metrics.login(async () => {
      const userId = await findUserOfPhone(db, phone);
      const subject = userId === undefined ? { login: `phone ${phone}` } : { userId };
      return signIn.enter({ subject, prove: () => this.#prove({ phone, code, locale }) }, request);
    });
  }

  async #prove({
    phone,
    code,
    locale,
  }: Pick<PhoneLogin, 'phone' | 'code' | 'locale'>): Promise<Proven | AppError> {
    const { codes } = this.#deps;
    if (!(await codes.try(phone, 'sign-in', code))) return authErrors.phoneCodeInvalid();
    const userId = await this.#accountOf(phone, locale);
    return {
      userId,
      refuse: ({ account }) => (account.status === 'closed' ? authErrors.phoneCodeInvalid() : undefined),
      opened: async (tx) => {
        const isStillTheirs = (await findUserOfPhone(tx, phone)) === userId;
        const spent = isStillTheirs && (await codes.spend(tx, phone, 'sign-in', code));
        return spent ? undefined : authErrors.phoneCodeInvalid();
      },
    };
  }

  /** Whose the phone is, with an account made where it is nobody's; of many at once, one account. */
  async #accountOf(phone: string, locale: Language): Promise<string> {
    const { db, clock, accounts } = this.#deps;
    const known = await findUserOfPhone(db, phone);
    if (known !== undefined) return known;
    const opened = await db.withTransaction({ name: 'open-phone-account' }, async (tx) => {
      const userId = await accounts.openWithoutPassword(tx, newUsername(), locale);
      return (await insertPhone(tx, phone, userId, clock.now())) ? userId : tx.rollback(undefined);
    });
    const userId = opened ?? (await findUserOfPhone(db, phone));
    // Somebody took it and gave it up meanwhile: the code is still good, so it is asked again.
    if (userId === undefined) throw authErrors.phoneCodeInvalid();
    return userId;
  }
}
