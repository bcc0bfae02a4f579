import type { Database } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import { staleEdit } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { authErrors } from '../auth.errors.js';
import type { Account } from '../auth.port.js';
import type { EmailService } from '../contact/email.service.js';
import { findAccount, lockUsers, updateProfile } from './account.repository.js';
import { localeOf, nicknameOf } from './profile.domain.js';

export interface ProfileEdit {
  readonly nickname?: string | undefined;
  readonly locale?: string | undefined;
  readonly email?: string | undefined;
  readonly version?: number | undefined;
}

/** What people change about themselves. */
export class ProfileService {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #emails: Pick<EmailService, 'changeEmail'>;

  constructor(db: Database, clock: Clock, emails: Pick<EmailService, 'changeEmail'>) {
    this.#db = db;
    this.#clock = clock;
    this.#emails = emails;
  }

  /**
   * Changes what the edit names and nothing else; one that changes nothing leaves the version as it is. Raises
   * `nickname-invalid`, `locale-invalid`, `version-conflict` and what `EmailService.changeEmail` raises.
   */
  async edit(userId: string, { nickname, locale, email, version }: ProfileEdit): Promise<Account> {
    const named = {
      ...(nickname !== undefined && {
        nickname: nicknameOf(nickname) ?? refuse(authErrors.nicknameInvalid()),
      }),
      ...(locale !== undefined && { locale: localeOf(locale) ?? refuse(authErrors.localeInvalid()) }),
    };
    const edited = await this.#db.withTransaction({ name: 'edit-profile' }, async (tx) => {
      await lockUsers(tx, [userId]);
      const account = await findAccount(tx, userId);
      if (!account) return authErrors.tokenInvalid();
      const stale = staleEdit(version, account.version);
      if (stale) return stale;
      const next = { nickname: account.nickname, locale: account.locale, ...named };
      const isChanged = next.nickname !== account.nickname || next.locale !== account.locale;
      if (isChanged) await updateProfile(tx, userId, next, this.#clock.now());
      if (email !== undefined) await this.#emails.changeEmail(tx, account, email);
      return (await findAccount(tx, userId)) ?? authErrors.tokenInvalid();
    });
    if (edited instanceof AppError) throw edited;
    return edited;
  }
}

function refuse(error: AppError): never {
  throw error;
}
