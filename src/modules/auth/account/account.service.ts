import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import { type Database, isUniqueViolation, type Tx } from '../../../platform/database/index.js';
import { AppError, fill, type Localized } from '../../../platform/errors/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type {
  Account,
  AccountRefusal,
  Accounts,
  CreatedAccount,
  NewAccount,
  RoleName,
} from '../auth.port.js';
import type { EmailService } from '../contact/email.service.js';
import { noPassword, type PasswordHasher } from '../password/password-hasher.js';
import type { PasswordPolicy } from '../password/password-policy.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import {
  asciiLowerCase,
  isEmail,
  isReserved,
  isUsername,
  loginKey,
  preparePassword,
} from './account.domain.js';
import {
  findAccount,
  findAccountByLogin,
  insertAccount,
  insertRole,
  type NewAccountRow,
} from './account.repository.js';
import type { AccountOpening } from './account-opening.js';

const defaultLocale = 'zh-CN';

interface AccountServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly changes: AuthChanges;
  readonly opening: AccountOpening;
  readonly config: AuthConfig;
  readonly hasher: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly emails: Pick<EmailService, 'sendVerification'>;
  readonly metrics: AuthMetrics;
}

export class AccountService implements Accounts {
  readonly #deps: AccountServiceDeps;

  constructor(deps: AccountServiceDeps) {
    this.#deps = deps;
  }

  get(userId: string, tx?: Tx): Promise<Account | undefined> {
    return findAccount(tx ?? this.#deps.db, userId);
  }

  findByLogin(login: string): Promise<Account | undefined> {
    return findAccountByLogin(this.#deps.db, loginKey(login));
  }

  /** A registration by anyone: always a reader, never a reserved name. Raises what refuses it, and 408 `client-left`. */
  async register(
    account: Pick<NewAccount, 'username' | 'password' | 'email' | 'locale'>,
    signal?: AbortSignal,
  ): Promise<Account> {
    const { config, metrics } = this.#deps;
    if (isReserved(account.username, config.username.reserved)) throw authErrors.usernameReserved();
    const result = await this.#create(account, [], undefined, signal);
    if (result instanceof AppError) throw result;
    metrics.registrations.inc();
    return result;
  }

  async create({ roles = [], ...account }: NewAccount, actor: AuditActor): Promise<CreatedAccount> {
    const result = await this.#create(account, roles, actor);
    if (!(result instanceof AppError)) return { created: true, account: result };
    return { created: false, reason: result.code as AccountRefusal, detail: publicDetail(result) };
  }

  async grantRole(tx: Tx, userId: string, role: RoleName): Promise<boolean> {
    const { clock, changes } = this.#deps;
    const granted = await insertRole(tx, userId, role, clock.now());
    if (granted) await changes.record(tx, [{ kind: 'user', subject: userId, reason: 'roles' }]);
    return granted;
  }

  /**
   * Opens an account that has no password, in the transaction that gives it another way in; counted once that
   * commits. Answers its id.
   */
  async openWithoutPassword(tx: Tx, username: string, locale: string): Promise<string> {
    const { clock, metrics } = this.#deps;
    const now = clock.now();
    const id = newId(now);
    const nothing = { email: null, emailKey: null, passwordHash: noPassword };
    await this.#open(tx, { ...nothing, id, username, usernameKey: username, locale, now }, ['reader']);
    tx.afterCommit(() => metrics.registrations.inc());
    return id;
  }

  async #open(tx: Tx, row: NewAccountRow, roles: readonly RoleName[]): Promise<void> {
    await insertAccount(tx, row, roles);
    await this.#deps.opening.opened(tx, row.id);
  }

  async #create(
    account: Omit<NewAccount, 'roles'>,
    roles: readonly RoleName[],
    actor: AuditActor | undefined,
    signal?: AbortSignal,
  ): Promise<Account | AppError> {
    const password = preparePassword(account.password);
    const refusal =
      this.#refuseNames(account) ?? (await this.#deps.policy.refusal(password, account.username));
    if (refusal) return refusal;
    const passwordHash = await this.#deps.hasher.hash(password, signal);
    try {
      return await this.#insert(account, passwordHash, roles, actor);
    } catch (error) {
      if (isUniqueViolation(error, 'users_username_unique')) return authErrors.usernameTaken();
      if (isUniqueViolation(error, 'users_email_unique')) return authErrors.emailTaken();
      throw error;
    }
  }

  async #insert(
    { username, email, locale = defaultLocale }: Omit<NewAccount, 'roles'>,
    passwordHash: string,
    roles: readonly RoleName[],
    actor: AuditActor | undefined,
  ): Promise<Account> {
    const { db, clock, audit, emails } = this.#deps;
    const now = clock.now();
    const held: readonly RoleName[] = [...new Set<RoleName>(['reader', ...roles])].sort();
    const id = newId(now);
    const row = {
      ...{ id, username, passwordHash, locale, now },
      usernameKey: asciiLowerCase(username),
      email: email ?? null,
      emailKey: email === undefined ? null : asciiLowerCase(email),
    };
    await db.withTransaction({ name: 'create-account' }, async (tx) => {
      await this.#open(tx, row, held);
      if (email !== undefined) await emails.sendVerification(tx, id, email);
      if (!actor) return;
      const target = { type: 'user', id };
      const after = { username, email, roles: held };
      await audit.record(tx, { action: 'auth.account-created', actor, target, after });
    });
    const authorTier = held.includes('author') ? ('novice' as const) : undefined;
    const fresh = { emailVerified: false, nickname: username, status: 'active', version: 1 } as const;
    const unbanned = { bannedUntil: null, banReason: null };
    const roleState = { roles: held, rolesRevision: 0, authorTier };
    return { id, username, email, ...fresh, ...unbanned, ...roleState, locale, createdAt: now };
  }

  #refuseNames({ username, email }: Pick<NewAccount, 'username' | 'email'>): AppError | undefined {
    const { lengthMin: min, lengthMax: max } = this.#deps.config.username;
    if (!isUsername(username, this.#deps.config.username)) {
      return authErrors.usernameInvalid({ params: { min, max } });
    }
    return email !== undefined && !isEmail(email) ? authErrors.emailInvalid() : undefined;
  }
}

function publicDetail({ definition, options }: AppError): Localized {
  const { en, 'zh-CN': zh } = definition.detail;
  return { en: fill(en, options.params), 'zh-CN': fill(zh, options.params) };
}
