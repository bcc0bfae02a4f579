import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import type { Events } from '../../../platform/events/index.js';
import { httpErrors } from '../../../platform/http/index.js';
import type { Once } from '../../../platform/idempotency/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Accounts } from '../../auth/index.js';
import { platform, purse, purseKinds, pursesOf } from '../ledger/account.domain.js';
import { amountDenial } from '../ledger/denial.js';
import type { Ledger } from '../ledger/ledger.js';
import { findById } from '../ledger/ledger.repository.js';
import { splitDebit } from '../ledger/split.domain.js';
import { findOrderOfTransaction } from '../recharge/recharge.repository.js';
import { refundOfRecharge } from '../refund/refund-recharge.js';
import { refundOfSpending } from '../refund/refund-spending.js';
import { walletProblem } from '../wallet.errors.js';
import {
  adjusted,
  rechargeRefunded,
  refunded,
  walletAggregate,
  walletLockChanged,
} from '../wallet.events.js';
import type { Refunded, WalletDenial } from '../wallet.port.js';
import { setWalletLocked } from './lock.repository.js';

interface StaffDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly events: Events;
  readonly audit: Audit;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
}

/** Who acts, and the key of their request. */
export interface StaffRequest {
  readonly actor: AuditActor;
  readonly once: Once;
}

const unknown = { allowed: false, reason: 'unknown' } as const;
type Denial = WalletDenial | typeof unknown;

/** What the staff does to wallets; each act stands in the audit log with what it changed. */
export class StaffService {
  readonly #deps: StaffDeps;

  constructor(deps: StaffDeps) {
    this.#deps = deps;
  }

  /** Of a spending or a recharge. Raises `not-found` for any other transaction, and what the wallet denies. */
  async refund(transactionId: string, { amount, reason }: Change, { actor, once }: StaffRequest) {
    const { audit, clock } = this.#deps;
    const result = await once.transaction({ name: 'refund' }, async (tx) => {
      const given = await this.#giveBack(tx, transactionId, {
        amount,
        reference: `refund:${newId(clock.now())}`,
      });
      if (!given.allowed) return tx.rollback(given);
      await audit.record(tx, {
        ...{ action: 'wallet.refunded', actor, reason },
        target: { type: 'ledger-transaction', id: transactionId },
        after: { refund: given.transactionId, amount, refundable: given.refundable },
      });
      return given;
    });
    return allowedOf(result);
  }

  /** Gives bonus coins (above zero), or takes bonus and paid coins. Raises `not-found` and what the wallet denies. */
  async adjust(userId: string, { amount, reason }: Change, { actor, once }: StaffRequest) {
    const { audit, events } = this.#deps;
    const result = await once.transaction({ name: 'adjust-wallet' }, async (tx) => {
      if (!(await this.#deps.accounts.get(userId, tx))) return tx.rollback(unknown);
      const moved = await this.#move(tx, userId, amount);
      if (!moved.allowed) return tx.rollback(moved);
      const { transactionId } = moved;
      await audit.record(tx, {
        ...{ action: 'wallet.adjusted', actor, reason, target: { type: 'user', id: userId } },
        before: { available: moved.before },
        after: { available: moved.before + amount, transactionId },
      });
      const payload = { userId, transactionId, amount };
      await events.add(tx, adjusted, payload, { aggregate: walletAggregate(userId) });
      return { allowed: true as const, transactionId, amount };
    });
    return allowedOf(result);
  }

  /** Locked, nothing moves out of it. Twice is once. Raises `not-found`. */
  async setLocked(userId: string, locked: boolean, { actor, once }: StaffRequest) {
    const { ledger, audit, events, accounts } = this.#deps;
    const result = await once.transaction({ name: 'lock-wallet' }, async (tx) => {
      if (!(await accounts.get(userId, tx))) return tx.rollback(unknown);
      const purses = await ledger.lock(tx, pursesOf(userId, purseKinds));
      const before = purses.isLocked(userId);
      if (before !== locked) {
        await setWalletLocked(tx, userId, locked);
        const action = locked ? 'wallet.locked' : 'wallet.unlocked';
        const target = { type: 'user', id: userId };
        await audit.record(tx, { action, actor, target, before: { locked: before }, after: { locked } });
        await events.add(tx, walletLockChanged, { userId, locked }, { aggregate: walletAggregate(userId) });
      }
      return { allowed: true as const, userId, locked };
    });
    return allowedOf(result);
  }

  async #giveBack(
    tx: Tx,
    transactionId: string,
    { amount, reference }: { amount: number; reference: string },
  ): Promise<Refunded | Denial> {
    const { ledger, events } = this.#deps;
    const original = await findById(tx, transactionId);
    if (!original) return unknown;
    const { userId, type: originalType } = original;
    const order = await findOrderOfTransaction(tx, transactionId);
    const aggregate = walletAggregate(userId);
    if (order) {
      const given = await refundOfRecharge(tx, ledger, order, {
        amount,
        reference,
        originalId: transactionId,
      });
      if (!given.allowed) return given;
      const { amountFen, ...result } = given;
      const payload = {
        userId,
        orderId: order.id,
        transactionId: given.transactionId,
        amountFen,
        coins: amount,
      };
      await events.add(tx, rechargeRefunded, { ...payload, provider: order.provider }, { aggregate });
      return result;
    }
    const given = await refundOfSpending(tx, ledger, { transactionId, amount, reference });
    if (!given?.allowed) return given ?? unknown;
    const { refundable } = given;
    const bought = { originalId: transactionId, originalType, reference: original.reference };
    const payload = { userId, transactionId: given.transactionId, ...bought, amount, refundable };
    await events.add(tx, refunded, payload, { aggregate });
    return given;
  }

  async #move(tx: Tx, userId: string, amount: number) {
    const { ledger, clock } = this.#deps;
    const invalid = amountDenial(Math.abs(amount));
    if (invalid) return invalid;
    const promotions = platform('promotions', userId);
    const accounts = await ledger.lock(tx, [...pursesOf(userId, ['promo', 'paid']), promotions]);
    const [promo, paid] = [accounts.balance(userId, 'promo'), accounts.balance(userId, 'paid')];
    const taken = splitDebit({ promo, paid, earnings: 0 }, Math.max(0, -amount));
    if (!taken.covered) {
      return { allowed: false, reason: 'insufficient-balance', missing: taken.missing } as const;
    }
    if (amount < 0 && accounts.isLocked(userId)) return { allowed: false, reason: 'wallet-locked' } as const;
    const posted = await ledger.post(tx, accounts, {
      ...{ type: 'adjustment', reference: `adjustment:${newId(clock.now())}`, userId },
      moves: [
        [promotions, -amount],
        [purse(userId, 'promo'), Math.max(0, amount) - taken.split.promo],
        [purse(userId, 'paid'), -taken.split.paid],
      ],
    });
    if (!posted.written) throw new Error('the reference of an adjustment is new');
    return { allowed: true as const, transactionId: posted.id, before: promo + paid };
  }
}

interface Change {
  /** Coins. */
  readonly amount: number;
  readonly reason: string;
}

function allowedOf<T extends { readonly allowed: true }>(result: T | Denial): Omit<T, 'allowed'> {
  if (result.allowed) {
    const { allowed: _, ...answer } = result;
    return answer;
  }
  if (result.reason === 'unknown') throw httpErrors.notFound();
  throw walletProblem(result);
}
