import type { Metrics } from '../../platform/metrics/index.js';

export class WalletMetrics {
  readonly #transactions;
  readonly #coins;

  constructor(metrics: Metrics) {
    this.#transactions = metrics.counter<'type' | 'outcome'>({
      name: 'wallet_transactions_total',
      help: 'Transactions of the ledger, by type and what came of them',
      labels: ['type', 'outcome'],
    });
    this.#coins = metrics.counter<'type'>({
      name: 'wallet_coins_total',
      help: 'Coins that committed transactions of the ledger moved',
      labels: ['type'],
    });
  }

  posted(type: string, coins: number): void {
    this.#transactions.inc({ type, outcome: 'committed' });
    this.#coins.inc({ type }, coins);
  }

  /** `outcome`: the reason of a denial, or `repeated` for a reference that was there already. */
  refused(type: string, outcome: string): void {
    this.#transactions.inc({ type, outcome });
  }
}
