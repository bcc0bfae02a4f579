/** What a user owns and owes, a row each. `debt` is what they owe: its balance is shown, and kept, above zero. */
export const purseKinds = ['promo', 'paid', 'frozen', 'debt', 'earnings'] as const;
export type PurseKind = (typeof purseKinds)[number];

/** The platform's own accounts, a row for each shard. */
export const platformKinds = ['cash', 'revenue', 'fees', 'promotions', 'withdrawals'] as const;
export type PlatformKind = (typeof platformKinds)[number];

export type AccountKind = PurseKind | PlatformKind;

export type AccountKey =
  | { readonly kind: PurseKind; readonly userId: string }
  | { readonly kind: PlatformKind; readonly shard: number };

/** An account as its locked row says. */
export interface Account {
  readonly id: number;
  readonly kind: AccountKind;
  readonly userId: string | null;
  readonly shard: number | null;
  /** Coins. */
  readonly balance: number;
  /** Nothing moves out of a locked wallet. */
  readonly locked: boolean;
}

/**
 * The one order in which accounts are locked, everywhere; within a kind it is that of their ids. An author's
 * earnings are the hottest rows of all, so they are locked last.
 */
export const lockOrder: readonly AccountKind[] = [
  ...(['promo', 'paid', 'frozen'] as const),
  ...platformKinds,
  ...(['debt', 'earnings'] as const),
];

const shardCount = 16;

export function purse(userId: string, kind: PurseKind): AccountKey {
  return { kind, userId };
}

export function pursesOf(userId: string, kinds: readonly PurseKind[]): AccountKey[] {
  return kinds.map((kind) => purse(userId, kind));
}

/**
 * The payer's row of a platform account. Refunds and reversals go to the same one, so that a shard holds what came
 * from its own payers. The end of an id is random, which spreads payers evenly.
 */
export function platform(kind: PlatformKind, payerId: string): AccountKey {
  return { kind, shard: Number.parseInt(payerId.slice(-1), shardCount) };
}

/** An account that is not locked: what it has is not known, and it can only gain. */
export type NamedAccount = Pick<Account, 'id' | 'kind' | 'userId' | 'shard'>;

/** Accounts under the locks of one transaction, and some that it only names. */
export class LockedAccounts {
  readonly #accounts = new Map<string, Account>();
  readonly #named = new Map<string, NamedAccount>();

  constructor(accounts: readonly Account[], named: readonly NamedAccount[] = []) {
    for (const account of accounts) this.#accounts.set(nameOf(account), account);
    for (const account of named) this.#named.set(nameOf(account), account);
  }

  /** Raises an error for an account that was not locked, or whose user has none. */
  get(key: AccountKey): Account {
    const account = this.#accounts.get(nameOf(key));
    if (!account) throw new Error(`the account ${nameOf(key)} is not locked, or its owner has no wallet`);
    return account;
  }

  /** Where `amount` coins go to, or come from when it is below zero: only a locked account can lose some. */
  idFor(key: AccountKey, amount: number): number {
    const named = amount > 0 ? this.#named.get(nameOf(key)) : undefined;
    return (named ?? this.get(key)).id;
  }

  /** Users of `keys` without a purse among these, in the order of their ids. */
  usersWithout(keys: readonly AccountKey[]): string[] {
    const isMissing = (key: AccountKey) => !this.#accounts.has(nameOf(key)) && !this.#named.has(nameOf(key));
    const missing = keys.flatMap((key) => ('userId' in key && isMissing(key) ? [key.userId] : []));
    return [...new Set(missing)].sort();
  }

  balance(userId: string, kind: PurseKind): number {
    return this.get(purse(userId, kind)).balance;
  }

  isLocked(userId: string): boolean {
    return [...this.#accounts.values()].some((account) => account.userId === userId && account.locked);
  }
}

function nameOf(key: { kind: AccountKind; userId?: string | null; shard?: number | null }): string {
  return `${key.kind}/${key.userId ?? key.shard}`;
}
