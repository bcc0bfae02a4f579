import type { Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';

export type FactorVerdict =
  | {
      readonly passed: true;
      /** Spends the code in the transaction that opens the session; denied when somebody was quicker with it. */
      readonly spend: (tx: Tx) => Promise<AppError | undefined>;
    }
  /** `counts`: it was a wrong code, a failed sign-in like a wrong password; a missing one is none. */
  | { readonly passed: false; readonly refusal: AppError; readonly counts: boolean };

/** What a sign-in asks for after the first proof. */
export interface SecondFactor {
  /** Outside of any transaction, once the first proof was right. `code`: what the client sent, if anything. */
  check(userId: string, code: string | undefined): Promise<FactorVerdict>;
}
