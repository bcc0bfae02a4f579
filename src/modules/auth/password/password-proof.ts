import type { Database } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Caller } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { preparePassword } from '../account/account.domain.js';
import { type Credentials, findCredentialsById } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { ProofAttempts } from '../second-factor/proof-attempts.js';
import { findSession } from '../session/session.repository.js';
import { noPassword, type PasswordHasher } from './password-hasher.js';

interface PasswordProofDeps {
  readonly db: Database;
  readonly hasher: PasswordHasher;
  readonly attempts: ProofAttempts;
  readonly clock: Clock;
  readonly freshSignInSeconds: number;
}

/** Who wants to be believed: the user and the session of a request. */
export type Claimant = Pick<Caller, 'userId' | 'sessionId'>;

/** The password asked again, of somebody who is signed in: their token may be in other hands. */
export class PasswordProof {
  readonly #deps: PasswordProofDeps;

  constructor(deps: PasswordProofDeps) {
    this.#deps = deps;
  }

  /**
   * The credentials that the password fits; of an account that has none, those of a session that was opened just now. It
   * hashes, so never call it in a transaction; the transaction that it is for asks `staleProof` about the locked row.
   * Raises 403 `password-wrong`, `fresh-sign-in-required`, 429 `confirmation-locked`, 503 `password-hashing-busy`.
   */
  async verify({ userId, sessionId }: Claimant, password = ''): Promise<Credentials> {
    const { db, hasher, attempts } = this.#deps;
    const found = await findCredentialsById(db, userId);
    if (!found) throw authErrors.passwordWrong();
    if (found.passwordHash === noPassword) {
      await this.#demandFreshSignIn(sessionId);
      return found;
    }
    const refusal = await attempts.take(userId, 'password');
    if (refusal) throw refusal;
    if (!(await hasher.verify(found.passwordHash, preparePassword(password))))
      throw authErrors.passwordWrong();
    await attempts.succeeded(db, userId, 'password');
    return found;
  }

  async #demandFreshSignIn(sessionId: string): Promise<void> {
    const { db, clock, freshSignInSeconds } = this.#deps;
    const session = await findSession(db, sessionId);
    const endsMs = (session?.createdAt.getTime() ?? 0) + freshSignInSeconds * 1000;
    if (clock.now().getTime() < endsMs) return;
    throw authErrors.freshSignInRequired({ params: { minutes: Math.floor(freshSignInSeconds / 60) } });
  }
}

/** Why what was proved no longer holds: the password changed, or the account went away, since it was verified. */
export function staleProof(proved: Credentials, current: Credentials | undefined): AppError | undefined {
  const holds = current?.passwordHash === proved.passwordHash && current.account.status !== 'closed';
  return holds ? undefined : authErrors.passwordWrong();
}
