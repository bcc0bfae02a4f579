import type { Audit, UserActor } from '../../../platform/audit/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import { loginKey, preparePassword } from '../account/account.domain.js';
import { findAccountByLogin, lockCredentials } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { Account } from '../auth.port.js';
import type { IssuedLink, Links } from '../link/links.js';
import type { LoginGuard } from '../login/login-guard.js';
import type { Acting } from '../role/acting.js';
import { refuseBeyond } from '../role/permission-patterns.js';
import type { ProofAttempts } from '../second-factor/proof-attempts.js';
import type { SessionEnds } from '../session/session-ends.js';
import { passwordChanged } from './password.events.js';
import { updatePasswordHash } from './password.repository.js';
import type { PasswordHasher } from './password-hasher.js';
import type { PasswordPolicy } from './password-policy.js';
import { type Claimant, type PasswordProof, staleProof } from './password-proof.js';

interface PasswordServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly events: Events;
  readonly hasher: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly proof: PasswordProof;
  readonly attempts: ProofAttempts;
  readonly links: Links;
  readonly ends: SessionEnds;
  readonly acting: Acting;
  readonly guard: Pick<LoginGuard, 'forget'>;
}

interface Replacement {
  readonly userId: string;
  readonly passwordHash: string;
  readonly how: 'changed' | 'reset';
  /** A session that goes on. */
  readonly except?: string;
}

/** Changes of passwords. None signs anybody in: after a reset the second factor is asked for as ever. */
export class PasswordService {
  readonly #deps: PasswordServiceDeps;

  constructor(deps: PasswordServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Changes the password of who knows it, or sets the first one of who signed in just now without one; every session but theirs ends. Of two at once one does, since the other's `current`
   * is none any more. Raises 403 `password-wrong`, `fresh-sign-in-required`, 429 `confirmation-locked`, 503 `password-hashing-busy`, and 400 for a
   * password that may not be used.
   */
  async change(claimant: Claimant, current: string | undefined, next: string): Promise<void> {
    const { db, proof } = this.#deps;
    const { userId, sessionId } = claimant;
    const proved = await proof.verify(claimant, current);
    const passwordHash = await this.#hash(next, proved.account.username);
    await raised(
      db.withTransaction({ name: 'change-password' }, async (tx) => {
        const refusal = staleProof(proved, await lockCredentials(tx, userId));
        if (refusal) return tx.rollback(refusal);
        await this.#replace(tx, { userId, passwordHash, how: 'changed', except: sessionId });
        return undefined;
      }),
    );
  }

  /**
   * Mails a link to whoever has a verified address, and otherwise does the same work and says the same: nobody learns
   * from it who has an account. At most `auth.links.requestsMax` a user within the window.
   */
  async forgot(login: string): Promise<void> {
    const { db, clock, links } = this.#deps;
    const account = await findAccountByLogin(db, loginKey(login));
    const userId = account?.id ?? newId(clock.now());
    await db.withTransaction({ name: 'forgot-password' }, async (tx) => {
      const current = await lockCredentials(tx, userId);
      const refusal = await links.refusal(tx, userId, 'password-reset');
      const email = refusal ? undefined : reachedAt(current?.account);
      await links.mail(tx, 'password-reset', email === undefined ? undefined : { userId, email });
    });
  }

  /**
   * Sets the password by a link, and ends every session. Of two at once with one link one does. Raises 400 `link-invalid`,
   * 503 `password-hashing-busy`, and 400 for a password that may not be used, which leaves the link as it is.
   */
  async reset(token: string, password: string): Promise<void> {
    const { db, links, attempts, guard } = this.#deps;
    // Looked at first, so that nobody has us hash without a link.
    const link = await links.open(token, 'password-reset');
    const { userId } = link;
    const passwordHash = await this.#hash(password, link.username);
    await raised(
      db.withTransaction({ name: 'reset-password' }, async (tx) => {
        const current = await lockCredentials(tx, userId);
        const isOpen = current !== undefined && current.account.status !== 'closed';
        if (!isOpen || !(await links.spend(tx, link))) return tx.rollback(authErrors.linkInvalid());
        await attempts.succeeded(tx, userId, 'password');
        await guard.forget(tx, userId);
        await this.#replace(tx, { userId, passwordHash, how: 'reset' });
        return undefined;
      }),
    );
  }

  /**
   * A link for staff to hand to a user whom no mail reaches; links from before are void. Nobody gets at more than they may
   * do themselves this way. Raises 404 `user-not-found`, 403 `reset-not-allowed`, and what `Acting` raises.
   */
  issueReset(userId: string, actor: UserActor, reason: string): Promise<IssuedLink> {
    const { acting, audit, links } = this.#deps;
    const act = { name: 'issue-password-reset', permission: 'user.manage', actor, targetId: userId };
    return acting.doTo<IssuedLink>(act, async (tx, { actor: staff, target }) => {
      if (refuseBeyond(staff.permissions, target.permissions)) return authErrors.resetNotAllowed();
      await links.void(tx, userId, ['password-reset']);
      const issued = await links.issue(tx, 'password-reset', userId);
      await audit.record(tx, {
        ...{ action: 'auth.password-reset-issued', actor, reason },
        target: { type: 'user', id: userId },
        after: { expiresAt: issued.expiresAt.toISOString() },
      });
      return issued;
    });
  }

  async #hash(password: string, username: string): Promise<string> {
    const prepared = preparePassword(password);
    const refusal = await this.#deps.policy.refusal(prepared, username);
    if (refusal) throw refusal;
    return this.#deps.hasher.hash(prepared);
  }

  /** Under the lock on the user's row. */
  async #replace(tx: Tx, { userId, passwordHash, how, except }: Replacement): Promise<void> {
    const { clock, events, links, ends } = this.#deps;
    await updatePasswordHash(tx, userId, passwordHash, clock.now());
    await links.void(tx, userId, ['password-reset']);
    await ends.endAllOf(tx, userId, { reason: 'password-changed', except });
    await events.add(tx, passwordChanged, { userId, how }, { aggregate: `user ${userId}` });
  }
}

function reachedAt(account: Account | undefined): string | undefined {
  return account?.emailVerified && account.status !== 'closed' ? account.email : undefined;
}

/** What a transaction refused is raised once it is undone. */
async function raised<T>(result: Promise<T | AppError>): Promise<T> {
  const value = await result;
  if (value instanceof AppError) throw value;
  return value;
}
