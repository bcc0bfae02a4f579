import type { Tx } from '../../../platform/database/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import { type AccountKey, purse, pursesOf } from '../ledger/account.domain.js';
import { amountDenial, denied } from '../ledger/denial.js';
import type { Ledger } from '../ledger/ledger.js';
import { distribute, type Move, receivers, spendable, spentBefore, spentNow } from '../ledger/spending.js';
import { creditShare, splitDebit } from '../ledger/split.domain.js';
import type { Capture, Held, HoldRequest, HoldState, Spent, WalletDenial } from '../wallet.port.js';
import { endHold, findHold, type Hold, insertHold } from './hold.repository.js';

/** Coins that are set aside. A hold ends once: captured, released or expired, whoever comes first. */
export class Holds {
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ ledger, clock }: { ledger: Ledger; clock: Clock }) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** See `WalletPort.hold`. */
  async open(tx: Tx, request: HoldRequest): Promise<Held | WalletDenial> {
    const { userId, amount, reference, source, endsAt } = request;
    const invalid = amountDenial(amount);
    if (invalid) return denied(this.#ledger, 'hold', invalid);
    const accounts = await this.#ledger.lock(tx, pursesOf(userId, ['promo', 'paid', 'frozen', 'earnings']));
    const earlier = await findHold(tx, { reference });
    if (earlier) return heldBefore(earlier, userId);
    if (accounts.isLocked(userId)) {
      return denied(this.#ledger, 'hold', { allowed: false, reason: 'wallet-locked' });
    }
    const { promo, paid, earnings } = spendable(accounts, userId);
    const debit = splitDebit(
      source === 'earnings' ? { promo: 0, paid: 0, earnings } : { promo, paid, earnings },
      amount,
    );
    if (!debit.covered) {
      const { missing } = debit;
      return denied(this.#ledger, 'hold', { allowed: false, reason: 'insufficient-balance', missing });
    }
    const now = this.#clock.now();
    const hold: Hold = { id: newId(now), userId, reference, state: 'open', split: debit.split, endsAt };
    await insertHold(tx, hold, now);
    await this.#ledger.post(tx, accounts, {
      ...{ type: 'hold', reference: `hold:${hold.id}`, userId },
      moves: [...takenMoves(hold), [purse(userId, 'frozen'), amount]],
    });
    return { allowed: true, holdId: hold.id, state: 'open' };
  }

  /** See `WalletPort.capture`. What was held goes back and is spent at once, under the same locks. */
  async capture(tx: Tx, { holdId, type, share }: Capture): Promise<Spent | undefined> {
    const hold = await findHold(tx, { id: holdId });
    if (!hold) return undefined;
    const { userId } = hold;
    const accounts = await this.#ledger.lock(tx, [...homeOf(userId), ...receivers(userId, share)]);
    const reference = `capture:${holdId}`;
    if (this.#isOver(hold) || !(await endHold(tx, holdId, 'captured', this.#clock.now()))) {
      const earlier = await this.#ledger.earlier(tx, { reference, type, userId });
      return earlier && spentBefore(earlier);
    }
    const amount = coinsOf(hold);
    await this.#ledger.post(tx, accounts, {
      ...{ type: 'release', reference: `captured:${holdId}`, userId },
      moves: [[purse(userId, 'frozen'), -amount], ...takenMoves(hold).map(reversed)],
    });
    const { moves, shared } = distribute(accounts, userId, hold.split, share);
    const posted = await this.#ledger.post(tx, accounts, {
      ...{ type, reference, userId },
      moves: [...takenMoves(hold), ...moves],
    });
    return posted.written
      ? spentNow(posted.id, amount, hold.split.promo, shared)
      : spentBefore(posted.earlier);
  }

  /** Ends a hold whose coins leave by another way: the caller takes them out of `frozen` under its locks. */
  take(tx: Tx, holdId: string): Promise<boolean> {
    return endHold(tx, holdId, 'captured', this.#clock.now());
  }

  /** Gives coins back; a part that is an author's earnings first repays what they owe. Undefined: no such hold. */
  async release(
    tx: Tx,
    holdId: string,
    as: 'released' | 'expired' = 'released',
  ): Promise<HoldState | undefined> {
    const hold = await findHold(tx, { id: holdId });
    if (!hold) return undefined;
    const { userId, split } = hold;
    const accounts = await this.#ledger.lock(tx, homeOf(userId));
    const state = this.#isOver(hold) ? 'expired' : as;
    if (!(await endHold(tx, holdId, state, this.#clock.now()))) {
      return (await findHold(tx, { id: holdId }))?.state;
    }
    const { repaid, earned } = creditShare(split.earnings, accounts.balance(userId, 'debt'));
    await this.#ledger.post(tx, accounts, {
      ...{ type: 'release', reference: `release:${holdId}`, userId },
      moves: [
        [purse(userId, 'frozen'), -coinsOf(hold)],
        [purse(userId, 'promo'), split.promo],
        [purse(userId, 'paid'), split.paid],
        [purse(userId, 'debt'), repaid],
        [purse(userId, 'earnings'), earned],
      ],
    });
    return state;
  }

  /** Expires a hold whose end has come; one that is not due stays. */
  async expire(tx: Tx, holdId: string): Promise<void> {
    const hold = await findHold(tx, { id: holdId });
    if (hold && this.#isOver(hold)) await this.release(tx, holdId, 'expired');
  }

  /** From the very millisecond of its end on, whether or not anybody wrote it down. */
  #isOver({ endsAt }: Hold): boolean {
    return endsAt !== null && endsAt.getTime() <= this.#clock.now().getTime();
  }
}

function homeOf(userId: string): AccountKey[] {
  return pursesOf(userId, ['promo', 'paid', 'frozen', 'debt', 'earnings']);
}

function coinsOf({ split }: Hold): number {
  return split.promo + split.paid + split.earnings;
}

function takenMoves({ userId, split }: Hold): Move[] {
  return [
    [purse(userId, 'promo'), -split.promo],
    [purse(userId, 'paid'), -split.paid],
    [purse(userId, 'earnings'), -split.earnings],
  ];
}

function reversed([key, amount]: Move): Move {
  return [key, -amount];
}

function heldBefore({ id, state, userId: holderId, reference }: Hold, userId: string): Held {
  if (holderId !== userId) throw new RangeError(`the hold ${reference} belongs to another user`);
  return { allowed: true, holdId: id, state };
}
