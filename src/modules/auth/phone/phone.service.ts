import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { type Credentials, lockCredentials } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import { noPassword } from '../password/password-hasher.js';
import { normalisePhone } from './phone.domain.js';
import { deletePhoneOfUser, findBinding, insertPhone } from './phone.repository.js';
import type { CodeRequest, PhoneCodes } from './phone-codes.js';

interface PhoneServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly codes: PhoneCodes;
}

/** The phone of an account, which is a way in: who takes or gives it shows that it is theirs. */
export class PhoneService {
  readonly #deps: PhoneServiceDeps;

  constructor(deps: PhoneServiceDeps) {
    this.#deps = deps;
  }

  async phoneOf(userId: string): Promise<string | undefined> {
    return (await findBinding(this.#deps.db, userId))?.phone;
  }

  /** Raises 400 `phone-invalid`, 429 `phone-code-limited`, 503 `phone-codes-unavailable`, whoever has the phone. */
  async sendCode({ phone: typed, ...request }: CodeRequest): Promise<void> {
    this.#deps.codes.requireSender();
    await this.#deps.codes.send({ ...request, phone: phoneOrRefusal(typed) });
  }

  /**
   * Gives the user the phone, for a code of purpose `bind`; the phone that they have already is no refusal. Raises 400
   * `phone-invalid`, 403 `phone-code-wrong`, 409 `phone-already-bound`, `phone-taken`.
   */
  async bind(userId: string, typed: string, code: string): Promise<string> {
    const { clock, codes } = this.#deps;
    codes.requireSender();
    const phone = phoneOrRefusal(typed);
    const bound = await this.phoneOf(userId);
    if (bound === phone) return phone;
    if (bound !== undefined) throw authErrors.phoneAlreadyBound();
    if (!(await codes.try(phone, 'bind', code))) throw authErrors.phoneCodeWrong();
    await this.#inUserLock('bind-phone', userId, async (tx) => {
      if (!(await codes.spend(tx, phone, 'bind', code))) return authErrors.phoneCodeWrong();
      if (await insertPhone(tx, phone, userId, clock.now())) return undefined;
      const hasNone = (await findBinding(tx, userId)) === undefined;
      return hasNone ? authErrors.phoneTaken() : authErrors.phoneAlreadyBound();
    });
    return phone;
  }

  /**
   * Takes the phone from the user, for a code of purpose `unbind` that was sent to it. Raises 403 `phone-code-wrong`,
   * 409 `phone-not-bound`, `phone-is-only-login`.
   */
  async unbind(userId: string, code: string): Promise<void> {
    const { codes } = this.#deps;
    codes.requireSender();
    const phone = await this.phoneOf(userId);
    if (phone === undefined) throw authErrors.phoneNotBound();
    if (!(await codes.try(phone, 'unbind', code))) throw authErrors.phoneCodeWrong();
    await this.#inUserLock('unbind-phone', userId, async (tx, { passwordHash }) => {
      if (passwordHash === noPassword) return authErrors.phoneIsOnlyLogin();
      const isStillTheirs = (await findBinding(tx, userId))?.phone === phone;
      const spent = isStillTheirs && (await codes.spend(tx, phone, 'unbind', code));
      if (!spent) return authErrors.phoneCodeWrong();
      await deletePhoneOfUser(tx, userId);
      return undefined;
    });
  }

  /** A refusal that `work` answers undoes it and is raised. */
  async #inUserLock(
    name: string,
    userId: string,
    work: (tx: Tx, current: Credentials) => Promise<AppError | undefined>,
  ): Promise<void> {
    const refusal = await this.#deps.db.withTransaction({ name }, async (tx) => {
      const current = await lockCredentials(tx, userId);
      const denied = current ? await work(tx, current) : authErrors.tokenInvalid();
      return denied && tx.rollback(denied);
    });
    if (refusal instanceof AppError) throw refusal;
  }
}

function phoneOrRefusal(typed: string): string {
  const phone = normalisePhone(typed);
  if (phone === undefined) throw authErrors.phoneInvalid();
  return phone;
}
