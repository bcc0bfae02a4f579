import { configSections } from './app.config.js';
import { adminModule } from './modules/admin/index.js';
import { aiModule } from './modules/ai/index.js';
import { authModule } from './modules/auth/index.js';
import { bookstoreModule } from './modules/bookstore/index.js';
import { quotaModule } from './modules/quota/index.js';
import { readerModule } from './modules/reader/index.js';
import { systemModule } from './modules/system/index.js';
import { walletModule } from './modules/wallet/index.js';
import { kitModules } from './platform/kit/index.js';

/** This list is the application. */
export const modules = [
  ...kitModules,
  authModule,
  quotaModule,
  walletModule,
  bookstoreModule,
  readerModule,
  aiModule,
  systemModule,
  adminModule,
];

export const sections = configSections(modules);
