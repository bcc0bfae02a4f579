import type { Database } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { Authenticator, Caller } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { standingRefusal } from '../account/account.standing.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import { permissionsOf } from '../role/roles.domain.js';
import { type StepUpRule, secondFactorState } from '../second-factor/step-up.js';
import { deadSession, idleEnd, sessionEnd } from '../session/session.domain.js';
import { findSessionOwner, type SessionOwner, touchSession } from '../session/session.repository.js';
import type { AccessTokens } from '../token/access-token.js';

const retryAfterSeconds = 1;

interface AuthenticatorDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig['session'];
  readonly stepUp: StepUpRule;
  readonly tokens: AccessTokens;
  readonly metrics: AuthMetrics;
}

/**
 * Checks a token's signature, then reads its session, user and roles: an end, a ban or a new role
 * counts at the next request. When they cannot be read the answer is 503, never "allow".
 */
export class SessionAuthenticator implements Authenticator {
  readonly #deps: AuthenticatorDeps;

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
  }

  authenticate(accessToken: string): Promise<Caller> {
    return this.#deps.metrics.tokenCheck(async () => {
      const { userId, sessionId } = await this.#deps.tokens.verify(accessToken);
      const owner = await orUnavailable(() => this.#readLiving(sessionId, userId));
      const { roles, customPermissions } = owner;
      const secondFactor = secondFactorState(owner, this.#deps.clock.now(), this.#deps.stepUp);
      const permissions = permissionsOf(roles, customPermissions);
      return { userId, sessionId, roles, permissions, secondFactor };
    });
  }

  async #readLiving(sessionId: string, userId: string): Promise<SessionOwner> {
    const { db, clock } = this.#deps;
    const owner = await findSessionOwner(db, sessionId);
    if (owner?.userId !== userId) throw authErrors.tokenInvalid();
    const now = clock.now();
    const end = sessionEnd(owner, now);
    if (end) throw deadSession(end);
    const refusal = standingRefusal(owner, now);
    if (refusal) throw refusal;
    await this.#touch(sessionId, owner, now);
    return owner;
  }

  async #touch(sessionId: string, owner: SessionOwner, now: Date): Promise<void> {
    const { db, config } = this.#deps;
    const seenBefore = new Date(now.getTime() - config.touchIntervalSeconds * 1000);
    if (owner.lastSeenAt > seenBefore) return;
    const idleUntil = idleEnd(now, config.idleTtlSeconds, owner.expiresAt);
    await touchSession(db, sessionId, { now, idleUntil, seenBefore });
  }
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw authErrors.authUnavailable({ params: { seconds: retryAfterSeconds }, retryAfterSeconds, cause });
  }
}
