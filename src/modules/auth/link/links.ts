import type { Database, Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import type { AuthConfig } from '../auth.config.js';
import type { KeyRing } from '../token/key-ring.js';
import { linkErrors } from './link.errors.js';
import { linkRequested } from './link.events.js';
import {
  findLiveLink,
  insertLink,
  type Link,
  type NewLink,
  recentLinks,
  spendLink,
  voidLinks,
} from './link.repository.js';
import { type LinkPurpose, linkPurposes, makeLinkToken, readLinkToken } from './link-token.js';

const pages: Readonly<Record<LinkPurpose, string>> = {
  'password-reset': 'reset-password',
  'email-verification': 'verify-email',
};

interface LinksDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly events: Events;
  readonly keys: Pick<KeyRing, 'refreshKey'>;
  readonly config: AuthConfig['links'];
}

export interface IssuedLink {
  readonly token: string;
  readonly url: string;
  readonly expiresAt: Date;
}

/** Links that are good once and for a while: for who cannot sign in, or shows that mail to an address reaches them. */
export class Links {
  readonly #deps: LinksDeps;

  constructor(deps: LinksDeps) {
    this.#deps = deps;
  }

  /** Why a user, whose row is locked, gets no further mail with such a link for now. */
  async refusal(tx: Tx, userId: string, purpose: LinkPurpose): Promise<AppError | undefined> {
    const { clock, config } = this.#deps;
    const now = clock.now().getTime();
    const windowMs = config.requestWindowSeconds * 1000;
    const { count, first } = await recentLinks(tx, userId, purpose, new Date(now - windowMs));
    const max = config.requestsMax;
    if (count < max) return undefined;
    const seconds = Math.max(1, Math.ceil(((first?.getTime() ?? now) + windowMs - now) / 1000));
    return linkErrors.linkTooOften({ params: { max, seconds }, retryAfterSeconds: seconds });
  }

  /**
   * Has a link mailed, once the caller's transaction commits. `to` undefined: nobody gets one, and the same is written as
   * if somebody did.
   */
  async mail(
    tx: Tx,
    purpose: LinkPurpose,
    to: { readonly userId: string; readonly email: string } | undefined,
  ): Promise<void> {
    const link = this.#newLink(purpose, to?.userId ?? null, to?.email ?? null);
    await insertLink(tx, link);
    await this.#deps.events.add(tx, linkRequested, { linkId: link.id });
  }

  /** A link for the caller to hand over. */
  async issue(tx: Tx, purpose: LinkPurpose, userId: string): Promise<IssuedLink> {
    const link = this.#newLink(purpose, userId, null);
    await insertLink(tx, link);
    return this.issued(link);
  }

  /** The secret part, made anew each time. */
  issued({ id, purpose, expiresAt }: Pick<Link, 'id' | 'purpose' | 'expiresAt'>): IssuedLink {
    const { keys, config } = this.#deps;
    const token = makeLinkToken(id, purpose, keys.refreshKey);
    // In the fragment: browsers send it to no server and to no page that is linked from there.
    const url = `${config.baseUrl.replace(/\/$/, '')}/${pages[purpose]}#token=${token}`;
    return { token, url, expiresAt };
  }

  find(linkId: string): Promise<Link | undefined> {
    return findLiveLink(this.#deps.db, linkId, this.#deps.clock.now());
  }

  /** The live link of a token. Raises 400 `link-invalid`. */
  async open(token: string, purpose: LinkPurpose): Promise<Link> {
    const id = readLinkToken(token, purpose, this.#deps.keys.refreshKey);
    const link = id === undefined ? undefined : await this.find(id);
    if (link?.purpose !== purpose) throw linkErrors.linkInvalid();
    return link;
  }

  /** Under the lock on the user's row. False: it was used meanwhile, or is over. */
  spend(tx: Tx, { id }: Link): Promise<boolean> {
    return spendLink(tx, id, this.#deps.clock.now());
  }

  /** Makes the user's links void: all of them, or those of some purposes. */
  void(tx: Tx, userId: string, purposes: readonly LinkPurpose[] = linkPurposes): Promise<void> {
    return voidLinks(tx, userId, purposes, this.#deps.clock.now());
  }

  #newLink(purpose: LinkPurpose, userId: string | null, email: string | null): NewLink {
    const { clock, config } = this.#deps;
    const createdAt = clock.now();
    const isReset = purpose === 'password-reset';
    const ttlSeconds = isReset ? config.passwordResetTtlSeconds : config.emailVerificationTtlSeconds;
    const expiresAt = new Date(createdAt.getTime() + ttlSeconds * 1000);
    return { id: newId(createdAt), purpose, userId, email, createdAt, expiresAt };
  }
}
