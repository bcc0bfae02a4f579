export { authMigrations } from './auth.migrations.js';
export { authModule } from './auth.module.js';
export {
  type Account,
  type AccountRefusal,
  type AccountStatus,
  Accounts,
  type CreatedAccount,
  type FirstAccount,
  FirstAccounts,
  type NewAccount,
  type RoleName,
} from './auth.port.js';
