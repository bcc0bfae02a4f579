import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { Metrics } from '../../../platform/metrics/index.js';
import { Sealer, SealerMetrics, verifyChain } from '../../../platform/sealer/index.js';
import { describeEachEngine } from '../../../testing/databases.js';
import { ledgerChains } from '../ledger/ledger.tables.js';
import { forge, newestTransaction, withoutTriggers } from './books.repository.js';
import { WalletHarness } from './wallet-harness.js';

const silent = pino({ level: 'silent' });
const account = { type: 'bank', name: '林黛玉', number: '6222020200112233445' } as const;

describeEachEngine('the reconciliation', (open) => {
  async function busyWallet() {
    const wallet = await WalletHarness.open(open);
    const [payer, authorId] = [await wallet.user(), await wallet.user()];
    await wallet.pay(await wallet.order(payer, 100_000));
    await wallet.spend(payer, 60_000, { share: { authorId, percent: 70 } });
    await wallet.withdrawals.request(authorId, { amount: 20_000, account }, wallet.once());
    const reconcile = async () =>
      (await wallet.parts.reconciliation.run()).mismatches.map(({ kind }) => kind);
    return { wallet, payer, authorId, reconcile };
  }

  test('of books that agree finds nothing, keeps its report and says who asked for it', async () => {
    const { wallet } = await busyWallet();
    expect(await wallet.parts.reconciliation.newest()).toBeUndefined();
    const { actor } = wallet.staffOf();
    expect(await wallet.parts.reconciliation.run(actor)).toMatchObject({ total: 0, mismatches: [] });
    expect(await wallet.parts.reconciliation.newest()).toEqual({
      ...{ checkedAt: wallet.clock.now(), total: 0, mismatches: [] },
    });
    expect(wallet.audit.entries.at(-1)).toMatchObject({
      action: 'wallet.reconciled',
      actor,
      after: { total: 0 },
    });
  });

  test('names a balance, a freeze, a hold, an order and a payment that do not agree, by how much', async () => {
    const { wallet, payer, authorId, reconcile } = await busyWallet();
    const { database } = wallet;
    await forge(
      database,
      `update ledger_accounts set balance = balance + 7 where user_id = '${payer}' and kind = 'paid'`,
    );
    expect(await reconcile()).toEqual(['balance-differs']);
    expect((await wallet.parts.reconciliation.newest())?.mismatches).toMatchObject([
      { expected: 50_000, found: 50_007 },
    ]);
    await forge(database, `update wallet_holds set earnings = earnings - 1`);
    expect(await reconcile()).toEqual(['balance-differs', 'frozen-differs']);
    await forge(database, `update withdrawal_orders set state = 'cancelled' where user_id = '${authorId}'`);
    expect(await reconcile()).toEqual(['balance-differs', 'frozen-differs', 'hold-without-order']);
    await forge(database, `update recharge_orders set coins = coins + 1`);
    await wallet.pay({ id: wallet.id(), amountFen: 500 });
    expect((await reconcile()).slice(3)).toEqual(['payment-uncredited', 'recharge-differs']);
  });

  test('names postings that were forged with the triggers off, and so does the verification of the seals', async () => {
    const { wallet, reconcile } = await busyWallet();
    const { database, clock } = wallet;
    const config = { intervalMs: 1_000, rowsMax: 1_000, sealsMax: 20, lagSecondsMax: 5 };
    for (const table of ledgerChains) {
      const metrics = new SealerMetrics(new Metrics());
      const sealer = new Sealer({ database, clock, log: silent, metrics, table, config });
      // Transactions of other databases of the server hold a pass back for a while.
      await vi.waitFor(
        async () => {
          await sealer.run();
          const { signal } = new AbortController();
          expect((await verifyChain(database, table, { signal })).unsealed).toBe(0);
        },
        { timeout: 50_000, interval: 20 },
      );
    }
    const verify = () =>
      Promise.all(
        ledgerChains.map(async (table) => {
          const { signal } = new AbortController();
          const { ok, checked, findings } = await verifyChain(database, table, { signal });
          return { ok, any: checked > 0, kinds: findings.map(({ kind }) => kind) };
        }),
      );
    expect(await verify()).toEqual(Array(2).fill({ ok: true, any: true, kinds: [] }));
    const id = await newestTransaction(database);
    await withoutTriggers(
      database,
      'ledger_postings',
      `update ledger_postings set amount = amount * 2
      where transaction_id = '${id}' and amount > 0`,
    );
    expect(await reconcile()).toEqual(['balance-differs', 'transaction-unbalanced']);
    const [transactions, postings] = await verify();
    expect([transactions?.ok, postings?.ok, postings?.kinds]).toEqual([true, false, ['row-changed']]);
  });
});
