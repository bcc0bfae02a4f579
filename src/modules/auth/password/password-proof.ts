import type { Database } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import { preparePassword } from '../account/account.domain.js';
import { type Credentials, findCredentialsById } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { ProofAttempts } from '../second-factor/proof-attempts.js';
import type { PasswordHasher } from './password-hasher.js';

interface PasswordProofDeps {
  readonly db: Database;
  readonly hasher: PasswordHasher;
  readonly attempts: ProofAttempts;
}

/** The password asked again, of somebody who is signed in. */
export class PasswordProof {
  readonly #deps: PasswordProofDeps;

  constructor(deps: PasswordProofDeps) {
    this.#deps = deps;
  }

  /**
   * The credentials that the password fits. It hashes, so never call it in a transaction; the transaction that it is for
   * asks `staleProof` about the locked row. Raises 403 `password-wrong`, 429 `confirmation-locked`, 503
   * `password-hashing-busy`.
   */
  async verify(userId: string, password: string): Promise<Credentials> {
    const { db, hasher, attempts } = this.#deps;
    const found = await findCredentialsById(db, userId);
    if (!found) throw authErrors.passwordWrong();
    const refusal = await attempts.take(userId, 'password');
    if (refusal) throw refusal;
    if (!(await hasher.verify(found.passwordHash, preparePassword(password))))
      throw authErrors.passwordWrong();
    await attempts.succeeded(db, userId, 'password');
    return found;
  }
}

/** Why what was proved no longer holds: the password changed, or the account went away, since it was verified. */
export function staleProof(proved: Credentials, current: Credentials | undefined): AppError | undefined {
  const holds = current?.passwordHash === proved.passwordHash && current.account.status !== 'closed';
  return holds ? undefined : authErrors.passwordWrong();
}
