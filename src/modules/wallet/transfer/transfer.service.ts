import type { Tx } from '../../../platform/database/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { Once } from '../../../platform/idempotency/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { Accounts } from '../../auth/index.js';
import { purse } from '../ledger/account.domain.js';
import { amountDenial } from '../ledger/denial.js';
import type { Ledger } from '../ledger/ledger.js';
import type { WalletConfig } from '../wallet.config.js';
import { walletErrors, walletProblem } from '../wallet.errors.js';
import { transferred, walletAggregate } from '../wallet.events.js';
import { shanghaiMidnight } from '../withdrawal/withdrawal.domain.js';
import { sentSince } from './transfer.repository.js';

interface TransferDeps {
  readonly clock: Clock;
  readonly events: Events;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly config: Pick<WalletConfig, 'transferEnabled' | 'transfer'>;
}

interface Transfer {
  readonly toUserId: string;
  readonly amount: number;
  readonly note?: string | undefined;
}

/** Paid coins from one user to another. */
export class TransferService {
  readonly #deps: TransferDeps;

  constructor(deps: TransferDeps) {
    this.#deps = deps;
  }

  /** Raises `transfers-disabled`, `transfer-recipient`, `transfer-limit` and what the wallet denies. */
  async send(userId: string, transfer: Transfer, once: Once) {
    const { config, accounts } = this.#deps;
    const { toUserId, amount } = transfer;
    if (!config.transferEnabled) throw walletErrors.transfersDisabled();
    const invalid = amountDenial(amount, config.transfer.coinsMax);
    if (invalid) throw walletProblem(invalid);
    const recipient = toUserId === userId ? undefined : await accounts.get(toUserId);
    if (recipient?.status !== 'active') throw walletErrors.transferRecipient();
    const result = await once.transaction({ name: 'transfer' }, async (tx) => {
      const sent = await this.#move(tx, userId, transfer);
      return sent.allowed ? sent : tx.rollback(sent);
    });
    if (result.allowed) return { transactionId: result.transactionId, toUserId, amount };
    if (result.reason !== 'daily-limit') throw walletProblem(result);
    const { left } = result;
    throw walletErrors.transferLimit({
      params: { left, max: config.transfer.dailyCoinsMax },
      extensions: { left },
    });
  }

  async #move(tx: Tx, userId: string, { toUserId, amount, note }: Transfer) {
    const { ledger, clock, config, events } = this.#deps;
    const [from, to] = [purse(userId, 'paid'), purse(toUserId, 'paid')];
    const accounts = await ledger.lock(tx, [from, to]);
    const refuse = <R extends string, M>(reason: R, more: M) => {
      ledger.refused('transfer', reason);
      return { allowed: false as const, reason, ...more };
    };
    if (accounts.isLocked(userId)) return refuse('wallet-locked', {});
    const missing = amount - accounts.balance(userId, 'paid');
    if (missing > 0) return refuse('insufficient-balance', { missing });
    const sentToday = await sentSince(tx, userId, shanghaiMidnight(clock.now()));
    const left = Math.max(0, config.transfer.dailyCoinsMax - sentToday);
    if (amount > left) return refuse('daily-limit', { left });
    const posted = await ledger.post(tx, accounts, {
      ...{ type: 'transfer', reference: `transfer:${newId(clock.now())}`, userId },
      moves: [
        [from, -amount],
        [to, amount],
      ],
    });
    if (!posted.written) throw new Error('the reference of a transfer is new');
    const payload = {
      userId,
      toUserId,
      transactionId: posted.id,
      amount,
      ...(note !== undefined && { note }),
    };
    await events.add(tx, transferred, payload, { aggregate: walletAggregate(userId) });
    return { allowed: true as const, transactionId: posted.id };
  }
}
