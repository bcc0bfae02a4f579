import type { Tx } from '../../../platform/database/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { WalletMetrics } from '../wallet.metrics.js';
import { type AccountKey, LockedAccounts, purse } from './account.domain.js';
import {
  findByReference,
  insertPurses,
  insertTransaction,
  lockAccounts,
  type WrittenTransaction,
} from './ledger.repository.js';

/** What a transaction of the ledger is about. A constant of the code: it is a label of the metrics. */
export type TransactionType =
  | 'recharge'
  | 'bonus'
  | 'gift'
  | 'chapter-purchase'
  | 'book-purchase'
  | 'membership-purchase'
  | 'token-purchase'
  | 'transfer'
  | 'refund'
  | 'recharge-refund'
  | 'adjustment'
  | 'hold'
  | 'release'
  | 'withdrawal';

export interface Entry {
  readonly type: TransactionType;
  /** Natural key, 1 to 200 characters. */
  readonly reference: string;
  /** Whose transaction it is. */
  readonly userId: string;
  /** What it gives back. */
  readonly originalId?: string;
  /** Coins that each account gains (above zero) or loses; with the share they come to 0. */
  readonly moves: readonly (readonly [AccountKey, number])[];
  /** Coins above zero for an author whose purses are named: what they owe then is repaid first. */
  readonly share?: { readonly authorId: string; readonly coins: number } | undefined;
}

/** Written now, or found: an earlier one has the reference, and nothing was written. */
export type Posted =
  | { readonly written: true; readonly id: string; readonly at: Date }
  | { readonly written: false; readonly earlier: WrittenTransaction };

const referenceLengthMax = 200;

/** Double entry. All coins move by `post`, between accounts that `lock` has locked in the same transaction. */
export class Ledger {
  readonly #clock: Clock;
  readonly #metrics: WalletMetrics;

  constructor({ clock, metrics }: { clock: Clock; metrics: WalletMetrics }) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /**
   * The accounts, locked until the transaction ends; those that it only `names` can gain, and are locked when they do.
   * Purses that are missing are made: a release without wallets may have made the user while this one was being rolled
   * out. Raises a foreign key violation for nobody's.
   */
  async lock(
    tx: Tx,
    keys: readonly AccountKey[],
    names: readonly AccountKey[] = [],
  ): Promise<LockedAccounts> {
    const lock = async () => {
      const { locked, named } = await lockAccounts(tx, keys, names);
      return new LockedAccounts(locked, named);
    };
    const accounts = await lock();
    const without = accounts.usersWithout([...keys, ...names]);
    if (without.length === 0) return accounts;
    for (const userId of without) await insertPurses(tx, userId);
    return lock();
  }

  /** Raises a RangeError for moves that do not balance, and for a reference that names another kind of transaction. */
  async post(tx: Tx, accounts: LockedAccounts, entry: Entry): Promise<Posted> {
    const postings = postingsOf(accounts, entry);
    const at = this.#clock.now();
    const id = newId(at);
    const { type, reference, userId, originalId = null } = entry;
    const { share } = entry;
    const shared = share && sharePosting(accounts, share);
    if (await insertTransaction(tx, { id, at, type, reference, userId, originalId }, postings, shared)) {
      const gained = postings.reduce((sum, { amount }) => sum + Math.max(0, amount), 0);
      const coins = gained + (share?.coins ?? 0);
      tx.afterCommit(() => this.#metrics.posted(type, coins));
      return { written: true, id, at };
    }
    const earlier = await this.earlier(tx, entry);
    if (!earlier) throw new Error(`the reference ${reference} is taken, and nobody has it`);
    return { written: false, earlier };
  }

  /** The transaction that has the reference; raises a RangeError when it is of another kind or user. */
  async earlier(
    tx: Tx,
    { reference, type, userId }: Pick<Entry, 'reference' | 'type' | 'userId'>,
  ): Promise<WrittenTransaction | undefined> {
    const earlier = await findByReference(tx, reference);
    if (!earlier) return undefined;
    if (earlier.type !== type || earlier.userId !== userId) {
      throw new RangeError(`the reference ${reference} belongs to a ${earlier.type} of another kind or user`);
    }
    this.#metrics.refused(type, 'repeated');
    return earlier;
  }

  /** Counts a denial. */
  refused(type: TransactionType, reason: string): void {
    this.#metrics.refused(type, reason);
  }
}

function sharePosting(accounts: LockedAccounts, { authorId, coins }: NonNullable<Entry['share']>) {
  return {
    debtId: accounts.idFor(purse(authorId, 'debt'), coins),
    earningsId: accounts.idFor(purse(authorId, 'earnings'), coins),
    coins,
  };
}

function postingsOf(accounts: LockedAccounts, { reference, moves, share, type }: Entry) {
  if (reference.length === 0 || reference.length > referenceLengthMax) {
    throw new RangeError(`a reference has 1 to ${referenceLengthMax} characters, not ${reference.length}`);
  }
  const total = moves.reduce((sum, [, amount]) => sum + amount, share?.coins ?? 0);
  if (total !== 0 || moves.some(([, amount]) => !Number.isSafeInteger(amount))) {
    throw new RangeError(`the moves of a ${type} come to ${total}, not to 0 whole coins`);
  }
  const postings = moves
    .filter(([, amount]) => amount !== 0)
    .map(([key, amount]) => ({ accountId: accounts.idFor(key, amount), amount }));
  return postings;
}
