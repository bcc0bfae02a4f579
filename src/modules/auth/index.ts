export { AccountOpening } from './account/account-opening.js';
export { authMigrations } from './auth.migrations.js';
export { authModule } from './auth.module.js';
export {
  type Account,
  type AccountRefusal,
  type AccountStatus,
  Accounts,
  type AuthorTier,
  type CreatedAccount,
  type FirstAccount,
  FirstAccounts,
  type NewAccount,
  type RoleName,
} from './auth.port.js';
export { type CodeMessage, type CodeReceipt, SessionCode } from './phone/session-code.js';
