import { type Database, isUniqueViolation, type Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { asciiLowerCase, isEmail } from '../account/account.domain.js';
import { findAccount, lockCredentials } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { Account } from '../auth.port.js';
import type { Links } from '../link/links.js';
import { type Claimant, type PasswordProof, staleProof } from '../password/password-proof.js';
import { emailChanged, emailVerified } from './email.events.js';
import { isEmailTaken, markEmailVerified, updateEmail } from './email.repository.js';

interface EmailServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly events: Events;
  readonly links: Links;
  readonly proof: PasswordProof;
}

/** The e-mail addresses of users, and whether mail to them arrives. */
export class EmailService {
  readonly #deps: EmailServiceDeps;

  constructor(deps: EmailServiceDeps) {
    this.#deps = deps;
  }

  /** Part of the transaction that gave the user this address. */
  sendVerification(tx: Tx, userId: string, email: string): Promise<void> {
    return this.#deps.links.mail(tx, 'email-verification', { userId, email });
  }

  /** Mails another link. Raises 409 `email-missing`, `email-verified`, 429 `link-too-often`. */
  async sendAgain(userId: string): Promise<void> {
    const refusal = await this.#deps.db.withTransaction({ name: 'send-verification' }, async (tx) => {
      const current = await lockCredentials(tx, userId);
      if (!current) return authErrors.tokenInvalid();
      const { email, emailVerified: isVerified } = current.account;
      if (email === undefined) return authErrors.emailMissing();
      if (isVerified) return authErrors.emailVerifiedAlready();
      const tooOften = await this.#deps.links.refusal(tx, userId, 'email-verification');
      if (tooOften) return tooOften;
      await this.sendVerification(tx, userId, email);
      return undefined;
    });
    if (refusal) throw refusal;
  }

  /** By the link's token, whoever opens it. Of two at once one verifies. Raises 400 `link-invalid`. */
  async verify(token: string): Promise<void> {
    const { db, clock, events, links } = this.#deps;
    const link = await links.open(token, 'email-verification');
    const { userId, email } = link;
    const refusal = await db.withTransaction({ name: 'verify-email' }, async (tx) => {
      const invalid = () => tx.rollback(authErrors.linkInvalid());
      if (!(await lockCredentials(tx, userId))) return invalid();
      if (email === null || !(await links.spend(tx, link))) return invalid();
      if (!(await markEmailVerified(tx, userId, asciiLowerCase(email), clock.now()))) return invalid();
      await links.void(tx, userId, ['email-verification']);
      await events.add(tx, emailVerified, { userId }, { aggregate: `user ${userId}` });
      return undefined;
    });
    if (refusal) throw refusal;
  }

  /**
   * Another address, with the password. Raises 403 `password-wrong`, 429 `confirmation-locked`, 503
   * `password-hashing-busy`, and what `changeEmail` raises.
   */
  async change(claimant: Claimant, email: string, password: string | undefined): Promise<Account> {
    const { userId } = claimant;
    const { db, proof } = this.#deps;
    const proved = await proof.verify(claimant, password);
    const changed = await db.withTransaction({ name: 'change-email' }, async (tx) => {
      const current = await lockCredentials(tx, userId);
      const refusal = staleProof(proved, current);
      if (refusal) return tx.rollback(refusal);
      await this.changeEmail(tx, (current ?? proved).account, email);
      return findAccount(tx, userId);
    });
    if (changed instanceof AppError) throw changed;
    if (!changed) throw authErrors.tokenInvalid();
    return changed;
  }

  /**
   * Gives a user, whose row the caller has locked, another address: not verified until the link opens that goes there; the
   * address from before is told, and links that were mailed are void. The address it has already stays as it is. Raises
   * 400 `email-invalid`, 409 `email-taken`, 429 `link-too-often`; the caller's transaction is to be undone then.
   */
  async changeEmail(tx: Tx, { id: userId, email: previousEmail }: Account, email: string): Promise<void> {
    const { clock, events, links } = this.#deps;
    if (!isEmail(email)) throw authErrors.emailInvalid();
    const emailKey = asciiLowerCase(email);
    if (previousEmail !== undefined && asciiLowerCase(previousEmail) === emailKey) return;
    if (await isEmailTaken(tx, emailKey, userId)) throw authErrors.emailTaken();
    const tooOften = await links.refusal(tx, userId, 'email-verification');
    if (tooOften) throw tooOften;
    try {
      await updateEmail(tx, userId, { email, emailKey }, clock.now());
    } catch (error) {
      throw isUniqueViolation(error, 'users_email_unique') ? authErrors.emailTaken() : error;
    }
    await links.void(tx, userId);
    await this.sendVerification(tx, userId, email);
    const payload = { userId, ...(previousEmail !== undefined && { previousEmail }) };
    await events.add(tx, emailChanged, payload, { aggregate: `user ${userId}` });
  }
}
