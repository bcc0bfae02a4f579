import type { AuditActor } from '../../platform/audit/index.js';
import type { Tx } from '../../platform/database/index.js';
import type { Localized } from '../../platform/errors/index.js';
import { port } from '../../platform/kernel/index.js';

export const builtInRoleNames = ['reader', 'author', 'reviewer', 'operator', 'admin'] as const;
export type RoleName = (typeof builtInRoleNames)[number];

export const authorTiers = ['novice', 'signed', 'master'] as const;
export type AuthorTier = (typeof authorTiers)[number];

export const accountStatuses = ['active', 'banned', 'closed'] as const;
export type AccountStatus = (typeof accountStatuses)[number];

/** What other modules may know of a user; never the password hash. */
export interface Account {
  readonly id: string;
  readonly username: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  readonly nickname: string;
  readonly locale: string;
  readonly status: AccountStatus;
  /** Of a banned account: null when the ban has no end, and what the user is told. */
  readonly bannedUntil: Date | null;
  readonly banReason: string | null;
  readonly roles: readonly string[];
  /** Goes up with every change of the roles. */
  readonly rolesRevision: number;
  /** Absent: no author. */
  readonly authorTier: AuthorTier | undefined;
  readonly version: number;
  readonly createdAt: Date;
}

export interface NewAccount {
  /** 3 to 30 of `[A-Za-z0-9_]`; reserved names are allowed here, they are refused at registration only. */
  readonly username: string;
  readonly password: string;
  readonly email?: string | undefined;
  readonly locale?: string | undefined;
  /** Held besides `reader`, which everyone holds. */
  readonly roles?: readonly RoleName[];
}

export type AccountRefusal =
  | 'username-invalid'
  | 'username-taken'
  | 'email-invalid'
  | 'email-taken'
  | 'password-length'
  | 'password-simple'
  | 'password-common'
  | 'password-is-username';

export type CreatedAccount =
  | { readonly created: true; readonly account: Account }
  /** `detail` is public text for a person: what was expected and what to do. */
  | { readonly created: false; readonly reason: AccountRefusal; readonly detail: Localized };

/** The people and programs that hold an account. */
export interface Accounts {
  /** One read by key, inside `tx` when given. `undefined`: there is none. Banned and closed ones are answered too. */
  get(userId: string, tx?: Tx): Promise<Account | undefined>;
  /** By username or e-mail, without case. `undefined` also for text that can be neither. */
  findByLogin(login: string): Promise<Account | undefined>;
  /**
   * Hashes the password (about 15 ms of a core), then inserts, with an audit record of `actor`, in a transaction
   * of its own, so never call it inside one. Of several calls for one name at once exactly one creates.
   * Raises 503 `password-hashing-busy` when the queue of hashes is full.
   */
  create(account: NewAccount, actor: AuditActor): Promise<CreatedAccount>;
  /**
   * Adds a role in the caller's transaction, under a lock on the user's row; it counts from the next
   * request after the commit. `false`: the user holds it already, or there is no such user.
   */
  grantRole(tx: Tx, userId: string, role: RoleName): Promise<boolean>;
}

export const Accounts = port<Accounts>('auth.accounts');

export interface FirstAccount {
  readonly username: string;
  /** Shown once, kept nowhere. Absent when the configuration named the password. */
  readonly generatedPassword?: string;
}

/** What the first start creates. Each call is idempotent, also from several instances at once. */
export interface FirstAccounts {
  /** Creates `admin` when nobody holds that name: `undefined` when somebody does. */
  ensureAdmin(): Promise<FirstAccount | undefined>;
  /** Creates the demo author and the demo reader; answers those it created. */
  seedDemo(): Promise<readonly FirstAccount[]>;
}

export const FirstAccounts = port<FirstAccounts>('auth.first-accounts');
