import type { PurseKind } from '../ledger/account.domain.js';

/** A line of a user's statement: what one transaction did to their purses. */
export interface StatementLine {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly reference: string;
  /** Coins that each purse gained or lost; `debt` is what is owed. */
  readonly changes: Readonly<Partial<Record<PurseKind, number>>>;
}

export interface StatementFilter {
  readonly type?: string | undefined;
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}
