import type { FirstAccount, FirstAccounts } from '../../modules/auth/index.js';
import type { DemoLibrary } from '../../modules/bookstore/index.js';

interface FirstStartDeps {
  readonly firstAccounts: FirstAccounts;
  readonly demoLibrary: DemoLibrary;
  /** Whether the demo author, reader and book are wanted. */
  readonly demo: boolean;
}

/**
 * What an installation needs before its first request: the first admin and, where wanted, demo data.
 * Idempotent, also from several instances at once. Answers the accounts that this call created.
 */
export async function firstStart({
  firstAccounts,
  demoLibrary,
  demo,
}: FirstStartDeps): Promise<FirstAccount[]> {
  const admin = await firstAccounts.ensureAdmin();
  const created = admin ? [admin] : [];
  if (!demo) return created;
  const demoAccounts = await firstAccounts.seedDemo();
  await demoLibrary.seed();
  return [...created, ...demoAccounts];
}
