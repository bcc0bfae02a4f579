import type { Database, Tx } from '../../../platform/database/index.js';
import type { Events } from '../../../platform/events/index.js';
import { httpErrors } from '../../../platform/http/index.js';
import type { Once } from '../../../platform/idempotency/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import { type LockedAccounts, platform, purse, pursesOf } from '../ledger/account.domain.js';
import type { Ledger } from '../ledger/ledger.js';
import type { WalletConfig } from '../wallet.config.js';
import { walletErrors } from '../wallet.errors.js';
import { recharged, walletAggregate } from '../wallet.events.js';
import type { PaymentProvider, ProviderCallback } from './payment-provider.js';
import {
  boundsFen,
  judgeNotice,
  type NoticeOutcome,
  type PaidNotice,
  type Tier,
  tierFor,
  tiersOf,
} from './recharge.domain.js';
import {
  expireOrders,
  findNotice,
  findOrder,
  insertNotice,
  insertOrder,
  lockOrder,
  markPaid,
  type RechargeOrder,
} from './recharge.repository.js';
import { orderView } from './recharge.views.js';

interface RechargeDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly events: Events;
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly providers: readonly PaymentProvider[];
  readonly config: WalletConfig['recharge'];
}

const expiredPerStep = 500;

/** Money in. An order credits nothing: only a provider's signed notice does, once for each payment. */
export class RechargeService {
  readonly #deps: RechargeDeps;

  constructor(deps: RechargeDeps) {
    this.#deps = deps;
  }

  tiers(): Tier[] {
    return tiersOf(this.#deps.config);
  }

  /** Raises `amount-invalid` and `payment-provider-unknown`. */
  async order(userId: string, wish: { amountFen: number; provider: string }, once: Once) {
    const { config, clock } = this.#deps;
    const tier = tierFor(config, wish.amountFen);
    if (!tier) throw walletErrors.amountInvalid({ params: boundsFen(config) });
    const provider = this.#providerOf(wish.provider);
    // Committed before the provider hears of it, since its notice may be quicker than its answer.
    const order = await once.transaction({ name: 'order-recharge' }, async (tx) => {
      const now = clock.now();
      const fresh: RechargeOrder = {
        ...{ id: newId(now), userId, provider: provider.name, state: 'pending' },
        ...{ amountFen: tier.amountFen, coins: tier.coins, tierBonusCoins: tier.bonusCoins },
        ...{ bonusCoins: 0, refundedCoins: 0, createdAt: now, paidAt: null, transactionId: null },
        expiresAt: new Date(now.getTime() + config.orderMinutes * 60_000),
      };
      await insertOrder(tx, fresh);
      return orderView(fresh, now);
    });
    const { payUrl } = await provider.checkout({ ...order, expiresAt: new Date(order.expiresAt) });
    return { ...order, payUrl };
  }

  /** Raises `not-found` for somebody else's order. */
  async read(userId: string, id: string) {
    const order = await findOrder(this.#deps.database, id);
    if (!order || order.userId !== userId) throw httpErrors.notFound();
    const provider = this.#deps.providers.find(({ name }) => name === order.provider);
    const checkout = await provider?.checkout(order);
    return { ...orderView(order, this.#deps.clock.now()), payUrl: checkout?.payUrl ?? null };
  }

  /**
   * What a provider tells. Told again it answers the same; raises `payment-callback-refused` for what the provider
   * did not sign.
   */
  async receive(
    providerName: string,
    callback: Omit<ProviderCallback, 'now'>,
  ): Promise<NoticeOutcome | 'ignored'> {
    const { database, clock, log } = this.#deps;
    const provider = this.#deps.providers.find(({ name }) => name === providerName);
    const told = provider?.read({ ...callback, now: clock.now() });
    if (!provider || !told) throw walletErrors.callbackRefused();
    if (told.status !== 'paid') return 'ignored';
    const { notice } = told;
    const outcome = await database.withTransaction({ name: 'receive-payment' }, (tx) =>
      this.#settle(tx, provider.name, notice),
    );
    if (outcome !== 'credited')
      log.warn({ ...notice, outcome }, 'money arrived that belongs to no open order');
    return outcome;
  }

  /** Writes down which orders have expired; answers how many. */
  async expire(signal: AbortSignal): Promise<number> {
    const { database, clock } = this.#deps;
    for (let total = 0; ; ) {
      signal.throwIfAborted();
      const expired = await expireOrders(database, clock.now(), expiredPerStep);
      total += expired;
      if (expired < expiredPerStep) return total;
    }
  }

  async #settle(tx: Tx, provider: string, notice: PaidNotice): Promise<NoticeOutcome> {
    const now = this.#deps.clock.now();
    const known = await findOrder(tx, notice.orderId);
    const asked = known?.provider === provider ? known : undefined;
    const accounts = asked && (await this.#lockPayer(tx, asked.userId));
    const order = asked && (await lockOrder(tx, asked.id));
    const outcome = judgeNotice(notice, order);
    if (!(await insertNotice(tx, provider, notice, { outcome, now }))) {
      return (await findNotice(tx, provider, notice.paymentId)) ?? outcome;
    }
    if (order && accounts && outcome === 'credited') await this.#credit(tx, accounts, order, now);
    return outcome;
  }

  #lockPayer(tx: Tx, userId: string): Promise<LockedAccounts> {
    return this.#deps.ledger.lock(tx, [
      ...pursesOf(userId, ['promo', 'paid']),
      platform('cash', userId),
      platform('promotions', userId),
    ]);
  }

  async #credit(tx: Tx, accounts: LockedAccounts, order: RechargeOrder, now: Date): Promise<void> {
    const { ledger, events } = this.#deps;
    const { id: orderId, userId, amountFen, coins, tierBonusCoins } = order;
    const posted = await ledger.post(tx, accounts, {
      ...{ type: 'recharge', reference: `recharge:${orderId}`, userId },
      moves: [
        [platform('cash', userId), -coins],
        [purse(userId, 'paid'), coins],
        [platform('promotions', userId), -tierBonusCoins],
        [purse(userId, 'promo'), tierBonusCoins],
      ],
    });
    if (!posted.written) throw new Error(`the order ${orderId} was credited, yet it is not paid`);
    const bonusCoins = tierBonusCoins + (await this.#doubleFirst(tx, accounts, order));
    await markPaid(tx, orderId, { transactionId: posted.id, bonusCoins, now });
    const payload = { userId, orderId, transactionId: posted.id, amountFen, coins, bonusCoins };
    const late = now.getTime() >= order.expiresAt.getTime();
    await events.add(tx, recharged, { ...payload, late }, { aggregate: walletAggregate(userId) });
  }

  /** Once in a user's life: its reference is the user. */
  async #doubleFirst(tx: Tx, accounts: LockedAccounts, { userId, coins }: RechargeOrder): Promise<number> {
    const bonus = Math.min(coins, this.#deps.config.firstBonusCoinsMax);
    if (bonus === 0) return 0;
    const { written } = await this.#deps.ledger.post(tx, accounts, {
      ...{ type: 'bonus', reference: `first-recharge:${userId}`, userId },
      moves: [
        [platform('promotions', userId), -bonus],
        [purse(userId, 'promo'), bonus],
      ],
    });
    return written ? bonus : 0;
  }

  #providerOf(name: string): PaymentProvider {
    const { providers } = this.#deps;
    const provider = providers.find((one) => one.name === name);
    if (provider) return provider;
    const known = providers.map((one) => one.name).join(', ') || '–';
    throw walletErrors.providerUnknown({ params: { known } });
  }
}
