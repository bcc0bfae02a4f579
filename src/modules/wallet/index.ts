export { walletMigrations } from './wallet.migrations.js';
export { walletModule } from './wallet.module.js';
