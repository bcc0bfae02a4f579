import type { Tx } from '../../../platform/database/index.js';
import type { AuthChanges } from './auth-changes.js';

/** Access tokens that are refused by themselves, while their session lives on. */
export class TokenBlacklist {
  readonly #changes: AuthChanges;

  constructor(changes: AuthChanges) {
    this.#changes = changes;
  }

  /**
   * Part of the caller's transaction: from its commit on this instance refuses the token, within a second every
   * other one. Kept until no token of its time lives; twice is once, and the first reason stays. Whether there is such
   * a token nobody knows: tokens are written down nowhere.
   */
  revoke(tx: Tx, { jti, reason }: { readonly jti: string; readonly reason: string }): Promise<void> {
    return this.#changes.record(tx, [{ kind: 'token', subject: jti, reason }]);
  }
}
