export const mismatchKinds = [
  'transaction-unbalanced',
  'posting-without-transaction',
  'balance-differs',
  'frozen-differs',
  'hold-without-order',
  'order-without-hold',
  'recharge-differs',
  'payment-uncredited',
] as const;
export type MismatchKind = (typeof mismatchKinds)[number];

export interface Mismatch {
  readonly kind: MismatchKind;
  /** Of the transaction, account, user, hold, order or payment. */
  readonly id: string;
  /** Coins as they should be, by the postings or the order, and as they are. */
  readonly expected: number;
  readonly found: number;
}

export interface Report {
  readonly checkedAt: Date;
  /** How many there are; of them at most 100 are listed. */
  readonly total: number;
  readonly mismatches: readonly Mismatch[];
}
