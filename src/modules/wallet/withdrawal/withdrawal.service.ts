import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import type { Events } from '../../../platform/events/index.js';
import { httpErrors } from '../../../platform/http/index.js';
import type { Once } from '../../../platform/idempotency/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Secrets } from '../../../platform/secrets/index.js';
import type { Accounts } from '../../auth/index.js';
import type { Holds } from '../hold/holds.js';
import { platform, purse, pursesOf } from '../ledger/account.domain.js';
import { amountDenial, coinsMax } from '../ledger/denial.js';
import type { Ledger } from '../ledger/ledger.js';
import type { WalletConfig } from '../wallet.config.js';
import { walletErrors, walletProblem } from '../wallet.errors.js';
import { walletAggregate, withdrawalChanged } from '../wallet.events.js';
import { openAccount, type PayoutAccount, sealAccount } from './payout-account.js';
import {
  type AuthorTier,
  type Decision,
  decide,
  feeOf,
  hintOf,
  shanghaiMidnight,
  type WithdrawalAct,
  type WithdrawalState,
} from './withdrawal.domain.js';
import {
  changeWithdrawal,
  findWithdrawal,
  insertWithdrawal,
  listWithdrawals,
  lockWithdrawal,
  type WithdrawalOrder,
} from './withdrawal.repository.js';
import { withdrawalView } from './withdrawal.views.js';

interface WithdrawalDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly events: Events;
  readonly audit: Audit;
  readonly secrets: Secrets;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly holds: Holds;
  readonly config: WalletConfig['withdrawal'];
}

export interface Reviewer {
  readonly actor: AuditActor & { readonly kind: 'user' };
  readonly once: Once;
}

/** What the actor of an act gets to know: the order as it is now, or why nothing changed. */
type Reviewed = { readonly order: ReturnType<typeof withdrawalView> } | { readonly refused: Refusal };
type Refusal = Extract<Decision, { refused: string }>['refused'] | 'wallet-locked' | 'unknown';

/** Money out, from an author's earnings only: set aside at the request, paid or given back after the review. */
export class WithdrawalService {
  readonly #deps: WithdrawalDeps;

  constructor(deps: WithdrawalDeps) {
    this.#deps = deps;
  }

  /** Raises `authors-only` and what the wallet denies. */
  async request(userId: string, wish: { amount: number; account: PayoutAccount }, once: Once) {
    const { config, secrets, clock, holds } = this.#deps;
    const tier = await this.#tierOf(userId);
    const { amount, account } = wish;
    if (amountDenial(amount) || amount < config.coinsMin) {
      throw walletErrors.amountInvalid({ params: { min: config.coinsMin, max: coinsMax } });
    }
    const now = clock.now();
    const id = newId(now);
    const sealed = sealAccount(secrets, id, account);
    const result = await once.transaction({ name: 'request-withdrawal' }, async (tx) => {
      const held = await holds.open(tx, {
        ...{ userId, amount, source: 'earnings', endsAt: null, reference: `withdrawal:${id}` },
      });
      if (!held.allowed) return tx.rollback(held);
      const order: WithdrawalOrder = {
        ...{ id, userId, amount, fee: feeOf(amount, tier, config), state: 'pending', holdId: held.holdId },
        ...{ accountType: account.type, accountHint: hintOf(account.number), account: sealed },
        ...{ requestedAt: now, changedAt: now, payableAt: shanghaiMidnight(now, config.payoutDays) },
        ...{ firstReviewer: null, reason: null },
      };
      await insertWithdrawal(tx, order);
      await this.#tell(tx, order, 'pending');
      return { allowed: true as const, order: withdrawalView(order) };
    });
    if (!result.allowed) throw walletProblem(result);
    return result.order;
  }

  async list(userId: string, page: { limit: number; beforeId: string | undefined }) {
    return listWithdrawals(this.#deps.database, { userId }, page);
  }

  /** For the staff: with the whole account, which they pay to. */
  async listForReview(
    state: WithdrawalState | undefined,
    page: { limit: number; beforeId: string | undefined },
  ) {
    const orders = await listWithdrawals(this.#deps.database, { state }, page);
    return orders.map((order) => ({ order, account: openAccount(this.#deps.secrets, order) }));
  }

  /** Raises `not-found` for somebody else's order and `withdrawal-state` once its review has begun. */
  async cancel(userId: string, id: string): Promise<void> {
    const reviewed = await this.#deps.database.withTransaction({ name: 'cancel-withdrawal' }, async (tx) => {
      const order = await findWithdrawal(tx, id);
      if (order?.userId !== userId) return { refused: 'unknown' as const };
      return this.#act(tx, order, 'cancel', { actorId: userId, reason: null });
    });
    answerOf(reviewed);
  }

  /** An act of the staff, recorded with it. Raises by name what stands against it. */
  async review(
    id: string,
    act: Exclude<WithdrawalAct, 'cancel'>,
    reason: string | null,
    { actor, once }: Reviewer,
  ) {
    const reviewed = await once.transaction({ name: 'review-withdrawal' }, async (tx) => {
      const order = await findWithdrawal(tx, id);
      if (!order) return tx.rollback({ refused: 'unknown' as const });
      const result = await this.#act(tx, order, act, { actorId: actor.userId, reason });
      if ('refused' in result) return tx.rollback(result);
      await this.#deps.audit.record(tx, {
        action: `wallet.withdrawal-${act}`,
        ...{ actor, target: { type: 'withdrawal', id }, ...(reason !== null && { reason }) },
        before: { status: order.state },
        after: { status: result.order.status, amount: order.amount, userId: order.userId },
      });
      return result;
    });
    return answerOf(reviewed);
  }

  async #act(
    tx: Tx,
    found: WithdrawalOrder,
    act: WithdrawalAct,
    { actorId, reason }: { actorId: string; reason: string | null },
  ): Promise<Reviewed> {
    const { ledger, clock, config, holds } = this.#deps;
    const { id, userId, holdId } = found;
    const accounts = await ledger.lock(tx, [
      ...pursesOf(userId, ['promo', 'paid', 'frozen', 'debt', 'earnings']),
      ...[platform('fees', userId), platform('withdrawals', userId)],
    ]);
    const order = await lockWithdrawal(tx, id);
    const now = clock.now();
    const decision = decide(order, act, { actorId, now, rules: config });
    if ('refused' in decision) return decision;
    const { next } = decision;
    if (next === 'paid') {
      if (accounts.isLocked(userId)) return { refused: 'wallet-locked' };
      if (!(await holds.take(tx, holdId))) throw new Error(`the hold of withdrawal ${id} is over`);
      await ledger.post(tx, accounts, {
        ...{ type: 'withdrawal', reference: `withdrawal:${id}`, userId },
        moves: [
          [purse(userId, 'frozen'), -order.amount],
          [platform('fees', userId), order.fee],
          [platform('withdrawals', userId), order.amount - order.fee],
        ],
      });
    } else if (next !== 'approved' && next !== 'approved-once') await holds.release(tx, holdId);
    const reviewer = act === 'cancel' ? null : actorId;
    await changeWithdrawal(tx, id, { state: next, reviewer, reason, now });
    await this.#tell(tx, order, next, reason);
    return { order: withdrawalView({ ...order, state: next, changedAt: now, reason }) };
  }

  async #tell(tx: Tx, order: WithdrawalOrder, state: WithdrawalState, reason: string | null = null) {
    const { id: orderId, userId, amount, fee } = order;
    await this.#deps.events.add(
      tx,
      withdrawalChanged,
      { userId, orderId, amount, fee, state, ...(reason !== null && { reason }) },
      { aggregate: walletAggregate(userId) },
    );
  }

  async #tierOf(userId: string): Promise<AuthorTier> {
    const account = await this.#deps.accounts.get(userId);
    if (!account?.roles.includes('author')) throw walletErrors.authorsOnly();
    return account.authorTier ?? 'novice';
  }
}

function answerOf(reviewed: Reviewed) {
  if ('order' in reviewed) return reviewed.order;
  switch (reviewed.refused) {
    case 'unknown':
      throw httpErrors.notFound();
    case 'wrong-state':
      throw walletErrors.withdrawalState();
    case 'own-order':
      throw walletErrors.withdrawalOwn();
    case 'same-reviewer':
      throw walletErrors.withdrawalSameReviewer();
    case 'too-early':
      throw walletErrors.withdrawalTooEarly();
    case 'wallet-locked':
      throw walletErrors.walletLocked();
  }
}
