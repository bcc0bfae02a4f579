import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { asciiLowerCase } from '../account/account.domain.js';
import { findAccount, findAccounts } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { Account, AccountStatus, AuthorTier } from '../auth.port.js';
import type { Session, SessionPosition } from '../session/session.repository.js';
import type { SessionService } from '../session/session.service.js';
import { type Ban, listBans } from './ban.repository.js';
import { searchUserIds } from './user-search.repository.js';

export interface UserQuery {
  /** The beginning of a username, nickname or e-mail address, without case of ASCII letters. */
  readonly q?: string | undefined;
  readonly role?: string | undefined;
  readonly status?: AccountStatus | undefined;
  readonly authorTier?: AuthorTier | undefined;
}

interface UserDirectoryDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly sessions: SessionService;
}

/** How many of somebody's bans are shown; all of them are kept. */
const bansShownMax = 20;

/** The users, for the staff. */
export class UserDirectoryService {
  readonly #deps: UserDirectoryDeps;

  constructor(deps: UserDirectoryDeps) {
    this.#deps = deps;
  }

  /** Newest first, at most `limit`. Whoever may not see e-mail addresses does not find anybody by them either. */
  async list(
    { q, ...filter }: UserQuery,
    page: { readonly limit: number; readonly beforeId: string | undefined; readonly byEmail: boolean },
  ): Promise<Account[]> {
    const { db, clock } = this.#deps;
    const { byEmail, ...rest } = page;
    const prefix = q === undefined ? undefined : asciiLowerCase(q.normalize('NFC').trim());
    const ids = await searchUserIds(db, { ...filter, prefix, byEmail }, { ...rest, now: clock.now() });
    return findAccounts(db, ids);
  }

  /** With their last bans, the newest first. Raises `user-not-found`; a closed account is one. */
  async get(userId: string): Promise<{ readonly account: Account; readonly bans: readonly Ban[] }> {
    const account = await this.#find(userId);
    return { account, bans: await listBans(this.#deps.db, account.id, { limit: bansShownMax }) };
  }

  /** The live sessions of a user, last used first, `limit + 1` where there are more. Raises `user-not-found`. */
  async sessionsOf(userId: string, limit: number, after: SessionPosition | undefined): Promise<Session[]> {
    const account = await this.#find(userId);
    return this.#deps.sessions.list(account.id, limit, after);
  }

  async #find(userId: string): Promise<Account> {
    const account = await findAccount(this.#deps.db, userId);
    if (!account) throw authErrors.userNotFound();
    return account;
  }
}
