import type { Database } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { Authenticator, Caller } from '../../../platform/http/index.js';
import { type Clock, withTimeLimit } from '../../../platform/kernel/index.js';
import { standingRefusal } from '../account/account.standing.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import { permissionsOf } from '../role/roles.domain.js';
import { type StepUpRule, secondFactorState, stepUpEndMs } from '../second-factor/step-up.js';
import { deadSession, idleEnd, sessionEnd } from '../session/session.domain.js';
import { touchSession } from '../session/session.repository.js';
import type { AccessClaim } from '../token/access-token.domain.js';
import type { AccessTokens } from '../token/access-token.js';
import type { ChangeTail } from './change-tail.js';
import type { RecentChanges } from './recent-changes.js';
import { findTokenOwner, type TokenOwner } from './token-owner.repository.js';

const retryAfterSeconds = 1;
/** Somebody who changes again and again while the rows are read gets what the last reading found. */
const readsMax = 3;

interface AuthenticatorDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: Pick<AuthConfig, 'session' | 'revocation'>;
  readonly stepUp: StepUpRule;
  readonly tokens: AccessTokens;
  readonly tail: Pick<ChangeTail, 'isFresh'>;
  readonly changes: RecentChanges;
  readonly metrics: AuthMetrics;
}

/** Somebody whom the rows let pass, and for how long that needs no further look. */
interface Principal {
  readonly caller: Caller;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Of the changes known when the reading of the rows began; none that came since is about this token. */
  position: number;
}

/**
 * Decides over access tokens. Whom the rows let pass is remembered, and used while all of this holds: this process knows what
 * was committed a second ago (`tail`), nothing that it heard of is about the token, its session, its user or a role,
 * and no life is over. In every other case the rows are read, and only they refuse. When they cannot be read in time the
 * answer is 503, never "allow".
 *
 * A token with a newer revision of the roles is always another token, so its rows are read.
 */
export class SessionAuthenticator implements Authenticator {
  readonly #deps: AuthenticatorDeps;
  /** Lives as long as the claim is remembered. */
  readonly #principals = new WeakMap<AccessClaim, Principal>();

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
  }

  authenticate(accessToken: string): Promise<Caller> {
    const { tokens, metrics } = this.#deps;
    const claim = tokens.remembered(accessToken);
    const principal = claim && this.#principals.get(claim);
    if (principal && this.#stillHolds(principal, claim)) {
      metrics.tokenAccepted();
      return Promise.resolve(principal.caller);
    }
    return metrics.tokenCheck(() => this.#ask(accessToken));
  }

  #stillHolds(principal: Principal, claim: AccessClaim): boolean {
    const { clock, tail, changes } = this.#deps;
    const nowMs = clock.now().getTime();
    if (nowMs < principal.fromMs || nowMs >= principal.untilMs || !tail.isFresh) return false;
    if (changes.changedSince(principal.position, claim)) return false;
    principal.position = changes.position;
    return true;
  }

  async #ask(accessToken: string): Promise<Caller> {
    const { tokens, config } = this.#deps;
    try {
      return await withTimeLimit('reading who calls', config.revocation.readTimeLimitMs, async () =>
        this.#readUntilSettled(await tokens.verify(accessToken)),
      );
    } catch (cause) {
      if (cause instanceof AppError && cause.definition.status === 401) throw cause;
      throw authErrors.authUnavailable({ params: { seconds: retryAfterSeconds }, retryAfterSeconds, cause });
    }
  }

  /** Reads again when somebody else used the session, or a change came, while the rows were on their way. */
  async #readUntilSettled(claim: AccessClaim): Promise<Caller> {
    const { changes } = this.#deps;
    for (let reads = 1; ; reads += 1) {
      const { position } = changes;
      const owner = await this.#readLiving(claim);
      const touched = await this.#touch(claim.sessionId, owner);
      const settled = touched && !changes.changedSince(position, claim);
      if (settled || reads === readsMax) return this.#remember(claim, touched ?? owner, position);
    }
  }

  async #readLiving(claim: AccessClaim): Promise<TokenOwner> {
    const { db, clock, metrics } = this.#deps;
    metrics.sessionReads.inc();
    const owner = await findTokenOwner(db, claim);
    if (owner?.userId !== claim.userId) throw authErrors.tokenInvalid();
    const now = clock.now();
    const end = sessionEnd(owner, now);
    if (end) throw deadSession(end);
    const refusal = standingRefusal(owner, now);
    if (refusal) throw refusal;
    const { revokedFor, revokedAt } = owner;
    if (revokedFor !== null && revokedAt !== null) {
      throw deadSession({ reason: revokedFor, at: revokedAt, byDevice: undefined });
    }
    return owner;
  }

  /** The owner with the last use written down if that was due; undefined when somebody was quicker, or the session is over. */
  async #touch(sessionId: string, owner: TokenOwner): Promise<TokenOwner | undefined> {
    const { db, clock, config } = this.#deps;
    const { touchIntervalSeconds, idleTtlSeconds } = config.session;
    const now = clock.now();
    const seenBefore = new Date(now.getTime() - touchIntervalSeconds * 1000);
    if (owner.lastSeenAt > seenBefore) return owner;
    const idleUntil = idleEnd(now, idleTtlSeconds, owner.expiresAt);
    const touched = await touchSession(db, sessionId, { now, idleUntil, seenBefore });
    return touched ? { ...owner, lastSeenAt: now, idleUntil } : undefined;
  }

  #remember(claim: AccessClaim, owner: TokenOwner, position: number): Caller {
    const { clock, tokens, config, stepUp } = this.#deps;
    const { userId, sessionId } = claim;
    const { roles, customPermissions, lastSeenAt, idleUntil, expiresAt } = owner;
    const permissions = permissionsOf(roles, customPermissions);
    const secondFactor = secondFactorState(owner, clock.now(), stepUp);
    const caller = Object.freeze({ userId, sessionId, roles, permissions, secondFactor });
    const { fromMs, untilMs } = tokens.timeOf(claim);
    const touchMs = lastSeenAt.getTime() + config.session.touchIntervalSeconds * 1000;
    this.#principals.set(claim, {
      ...{ caller, fromMs, position },
      untilMs: Math.min(
        ...[untilMs, touchMs, idleUntil.getTime(), expiresAt.getTime()],
        secondFactor === 'fresh' ? stepUpEndMs(owner, stepUp) : untilMs,
      ),
    });
    return caller;
  }
}
