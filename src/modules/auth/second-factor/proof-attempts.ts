import type { Database, Queryable } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AuthConfig } from '../auth.config.js';
import { attemptWindowEnd, clearAttempts, type ProofKind, takeAttempt } from './proof-attempts.repository.js';
import { secondFactorErrors } from './second-factor.errors.js';

interface ProofAttemptsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig['proofAttempts'];
}

/**
 * Bounds what a known user may try: codes of the second factor, and the password asked again within a session. Each
 * kind has its own count, so that a right password buys no further codes.
 */
export class ProofAttempts {
  readonly #deps: ProofAttemptsDeps;

  constructor(deps: ProofAttemptsDeps) {
    this.#deps = deps;
  }

  /** Counts before anything is looked at, so many at once get no more than one after the other. The refusal: too many. */
  async take(userId: string, kind: ProofKind): Promise<AppError | undefined> {
    const { db, clock, config } = this.#deps;
    const now = clock.now();
    const { max: attemptsMax, windowSeconds } = config;
    if (await takeAttempt(db, { userId, kind, now, attemptsMax, windowSeconds })) return undefined;
    const end = await attemptWindowEnd(db, userId, kind);
    const seconds = Math.max(1, Math.ceil(((end?.getTime() ?? 0) - now.getTime()) / 1000));
    return secondFactorErrors.confirmationLocked({ params: { seconds }, retryAfterSeconds: seconds });
  }

  /** Forgets the wrong ones: after a right password, or in the transaction that spends a code. */
  succeeded(where: Queryable, userId: string, kind: ProofKind): Promise<void> {
    return clearAttempts(where, userId, [kind]);
  }
}
