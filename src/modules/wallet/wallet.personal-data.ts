import type { Database } from '../../platform/database/index.js';
import type { PersonalDataHolder } from '../../platform/personal-data/index.js';
import type { Secrets } from '../../platform/secrets/index.js';
import { balancesOf } from './coins.js';
import { listStatement } from './statement/statement.repository.js';
import { lineView } from './statement/statement.views.js';
import { readPurses } from './wallet.repository.js';
import { openAccount } from './withdrawal/payout-account.js';
import { eraseAccounts, hasOpenWithdrawal, listWithdrawals } from './withdrawal/withdrawal.repository.js';
import { withdrawalView } from './withdrawal/withdrawal.views.js';

const pageSize = 100;

/** What the wallet keeps about people. The ledger stays: it names an id that is nobody's any more. */
export function walletPersonalData(secrets: Secrets): PersonalDataHolder {
  return {
    name: 'wallet',
    async *export(database, userId) {
      yield { balances: balancesOf(await readPurses(database, userId)) };
      for await (const line of pagesOf((page) => listStatement(database, userId, {}, page))) {
        yield { transaction: lineView(line) };
      }
      for await (const order of pagesOf((page) => withdrawalsOf(database, userId, page))) {
        yield { withdrawal: { ...withdrawalView(order), account: openAccount(secrets, order) } };
      }
    },
    erase: eraseAccounts,
    async obstacle(tx, userId) {
      if (!(await hasOpenWithdrawal(tx, userId))) return undefined;
      return {
        'zh-CN': '还有提现正在处理。请先取消，或等待其完成后再注销账号。',
        en: 'A withdrawal is under way. Cancel it, or wait until it has ended, and close the account then.',
      };
    },
  };
}

interface Page {
  readonly limit: number;
  readonly beforeId: string | undefined;
}

function withdrawalsOf(database: Database, userId: string, page: Page) {
  return listWithdrawals(database, { userId }, page);
}

async function* pagesOf<R extends { readonly id: string }>(
  read: (page: Page) => Promise<R[]>,
): AsyncGenerator<R> {
  for (let beforeId: string | undefined; ; ) {
    const rows = await read({ limit: pageSize, beforeId });
    yield* rows;
    beforeId = rows.at(-1)?.id;
    if (rows.length < pageSize) return;
  }
}
