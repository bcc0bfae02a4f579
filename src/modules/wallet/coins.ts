import type { Database, Tx } from '../../platform/database/index.js';
import type { Clock } from '../../platform/kernel/index.js';
import { Holds } from './hold/holds.js';
import { platform, purse } from './ledger/account.domain.js';
import { amountDenial, denied } from './ledger/denial.js';
import type { Ledger } from './ledger/ledger.js';
import { insertPurses } from './ledger/ledger.repository.js';
import { spend } from './ledger/spending.js';
import { refundOfSpending } from './refund/refund-spending.js';
import type {
  Balances,
  Capture,
  Gift,
  HoldRequest,
  RefundRequest,
  Spending,
  WalletDenial,
  WalletPort,
} from './wallet.port.js';
import { type Purses, readPurses } from './wallet.repository.js';

interface CoinsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/** What other modules and flows do with coins. */
export class Coins implements WalletPort {
  readonly holds: Holds;
  readonly #deps: CoinsDeps;

  constructor(deps: CoinsDeps) {
    this.#deps = deps;
    this.holds = new Holds(deps);
  }

  open(tx: Tx, userId: string): Promise<void> {
    return insertPurses(tx, userId);
  }

  async balances(userId: string, tx?: Tx): Promise<Balances> {
    return balancesOf(await readPurses(tx ?? this.#deps.database, userId));
  }

  spend(tx: Tx, spending: Spending) {
    return spend(tx, this.#deps.ledger, spending);
  }

  async give(tx: Tx, { userId, amount, reference }: Gift) {
    const { ledger } = this.#deps;
    const invalid = amountDenial(amount);
    if (invalid) return denied<WalletDenial>(ledger, 'gift', invalid);
    const [from, to] = [platform('promotions', userId), purse(userId, 'promo')];
    const accounts = await ledger.lock(tx, [from, to]);
    const posted = await ledger.post(tx, accounts, {
      ...{ type: 'gift', reference, userId },
      moves: [
        [from, -amount],
        [to, amount],
      ],
    });
    const transactionId = posted.written ? posted.id : posted.earlier.id;
    return { allowed: true as const, transactionId };
  }

  hold(tx: Tx, request: HoldRequest) {
    return this.holds.open(tx, request);
  }

  capture(tx: Tx, capture: Capture) {
    return this.holds.capture(tx, capture);
  }

  release(tx: Tx, holdId: string) {
    return this.holds.release(tx, holdId);
  }

  refund(tx: Tx, request: RefundRequest) {
    return refundOfSpending(tx, this.#deps.ledger, request);
  }
}

export function balancesOf({ promo, paid, earnings, frozen, debt }: Purses): Balances {
  return { available: paid + promo, promo, earnings, frozen, debt };
}
