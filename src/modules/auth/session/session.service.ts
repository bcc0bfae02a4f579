import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import { type Credentials, findAccount, lockCredentials } from '../account/account.repository.js';
import { standingRefusal } from '../account/account.standing.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { Account } from '../auth.port.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import type { AccessTokens } from '../token/access-token.js';
import type { KeyRing } from '../token/key-ring.js';
import { makeRefreshToken, type RefreshClaim, readRefreshToken } from './refresh-token.js';
import {
  type DeviceClass,
  deadSession,
  type EndReason,
  idleEnd,
  judgeSpent,
  sessionEnd,
} from './session.domain.js';
import {
  endReusedSession,
  endSession,
  endSessionsOnDevice,
  findSession,
  insertSession,
  listLiveSessions,
  rotateSession,
  type Session,
  type SessionPosition,
} from './session.repository.js';

export interface Device {
  readonly id: string;
  readonly name?: string | undefined;
  readonly class?: DeviceClass | undefined;
}

export interface Opening {
  readonly userId: string;
  readonly device?: Device | undefined;
  readonly address: string | undefined;
  /** Why the user, as the locked row now says, may not come in after all. */
  readonly refuse: (current: Credentials) => AppError | undefined;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly session: Session;
  readonly account: Account;
}

interface SessionServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig;
  readonly changes: AuthChanges;
  readonly keys: KeyRing;
  readonly tokens: AccessTokens;
  readonly metrics: AuthMetrics;
}

/** Opens, refreshes, lists and ends sessions. */
export class SessionService {
  readonly #deps: SessionServiceDeps;

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Opens a session under the lock on the user's row; a live one of the same user on the same `device.id` ends as
   * replaced. Raises what `refuse` says, or why the account may not be used.
   */
  async open(opening: Opening): Promise<SignedIn> {
    const { account, session } = await this.#admit(opening);
    return this.#issue(account, session);
  }

  /**
   * Spends a refresh token for the next one. The same token again within the grace gets the same
   * successor; an older one ends the session. Raises a 401 that says why the session is over.
   */
  async refresh(refreshToken: string): Promise<SignedIn> {
    const claim = readRefreshToken(refreshToken, this.#deps.keys.refreshKey);
    if (!claim) throw authErrors.tokenInvalid();
    const { account, session } = await this.#load(claim);
    const { generation } = session;
    if (generation === claim.generation) {
      const rotated = await this.#rotate(session);
      if (rotated) return this.#issue(account, rotated);
    }
    // Somebody was quicker, now or before: what the row says by now decides.
    const current = generation === claim.generation ? await this.#load(claim) : { account, session };
    await this.#refuseUnlessTwin(current.session, claim);
    return this.#issue(current.account, current.session);
  }

  /** Ends a live session of the user. False: it is none, or ended before. */
  async end(userId: string, sessionId: string): Promise<boolean> {
    const { db, clock, metrics } = this.#deps;
    const ended = await db.withTransaction({ name: 'end-session' }, async (tx) => {
      const done = await endSession(tx, sessionId, userId, { reason: 'logout', at: clock.now() });
      if (done) await this.#announceEnds(tx, [sessionId], 'logout');
      return done;
    });
    if (ended) metrics.sessionsEnded('logout');
    return ended;
  }

  /** The user's live sessions, last used first; `limit + 1` of them where there are more. */
  list(userId: string, limit: number, after: SessionPosition | undefined): Promise<Session[]> {
    const { db, clock } = this.#deps;
    return listLiveSessions(db, userId, { now: clock.now(), limit: limit + 1, after });
  }

  /** The user and the session behind a request. Raises 401 when they went away meanwhile. */
  describe(sessionId: string): Promise<{ account: Account; session: Session }> {
    return this.#load({ sessionId });
  }

  async #admit(opening: Opening): Promise<{ account: Account; session: Session }> {
    const { db, clock, metrics } = this.#deps;
    const now = clock.now();
    const session = this.#newSession(opening, now);
    const { userId, deviceId, deviceName } = session;
    const opened = await db.withTransaction({ name: 'open-session' }, async (tx) => {
      const current = await lockCredentials(tx, userId);
      if (!current) return authErrors.invalidCredentials();
      const refusal = opening.refuse(current) ?? standingRefusal(current.account, now);
      if (refusal) return refusal;
      const ending = { reason: 'replaced', at: now, byDevice: deviceName ?? deviceId ?? undefined } as const;
      const replaced = deviceId === null ? [] : await endSessionsOnDevice(tx, userId, deviceId, ending);
      await this.#announceEnds(tx, replaced, 'replaced');
      await insertSession(tx, session);
      return { account: current.account, replaced };
    });
    if (opened instanceof AppError) throw opened;
    metrics.sessionsEnded('replaced', opened.replaced.length);
    return { account: opened.account, session };
  }

  #newSession({ userId, device, address }: Opening, now: Date): Session {
    const { absoluteTtlSeconds, idleTtlSeconds } = this.#deps.config.session;
    const expiresAt = new Date(now.getTime() + absoluteTtlSeconds * 1000);
    return {
      id: newId(now),
      userId,
      deviceId: device?.id ?? null,
      deviceName: device?.name ?? null,
      deviceClass: device?.class ?? 'web',
      address: address ?? null,
      createdAt: now,
      lastSeenAt: now,
      idleUntil: idleEnd(now, idleTtlSeconds, expiresAt),
      expiresAt,
      ...{ generation: 0, rotatedAt: null, endedAt: null, endReason: null, endedByDevice: null },
    };
  }

  /** Part of the transaction that ended them: no instance takes their tokens any longer. */
  #announceEnds(tx: Tx, sessionIds: readonly string[], reason: EndReason): Promise<void> {
    const changes = sessionIds.map((subject) => ({ kind: 'session', subject, reason }) as const);
    return this.#deps.changes.record(tx, changes);
  }

  async #load({
    sessionId,
  }: Pick<RefreshClaim, 'sessionId'>): Promise<{ account: Account; session: Session }> {
    const { db, clock } = this.#deps;
    const session = await findSession(db, sessionId);
    const account = session && (await findAccount(db, session.userId));
    if (!account || account.status === 'closed') throw authErrors.tokenInvalid();
    const now = clock.now();
    const end = sessionEnd(session, now);
    if (end) throw deadSession(end);
    const refusal = standingRefusal(account, now);
    if (refusal) throw refusal;
    return { account, session };
  }

  async #rotate(session: Session): Promise<Session | undefined> {
    const { db, clock, config } = this.#deps;
    const now = clock.now();
    const idleUntil = idleEnd(now, config.session.idleTtlSeconds, session.expiresAt);
    if (!(await rotateSession(db, session, { now, idleUntil }))) return undefined;
    return { ...session, generation: session.generation + 1, rotatedAt: now, lastSeenAt: now, idleUntil };
  }

  async #refuseUnlessTwin(session: Session, { generation }: RefreshClaim): Promise<void> {
    const { db, clock, config, metrics } = this.#deps;
    const now = clock.now();
    const verdict = judgeSpent(session, generation, now, config.session.refreshGraceSeconds);
    if (verdict === 'same-successor') return;
    if (verdict === 'unknown') throw authErrors.tokenInvalid();
    const ended = await db.withTransaction({ name: 'end-reused-session' }, async (tx) => {
      const done = await endReusedSession(tx, session.id, generation, now);
      if (done) await this.#announceEnds(tx, [session.id], 'refresh-reused');
      return done;
    });
    if (ended) metrics.sessionsEnded('refresh-reused');
    throw deadSession({ reason: 'refresh-reused', at: now, byDevice: undefined });
  }

  async #issue(account: Account, session: Session): Promise<SignedIn> {
    const { config, keys, tokens } = this.#deps;
    const { id: sessionId, generation } = session;
    return {
      accessToken: await tokens.sign({ userId: account.id, sessionId }),
      expiresInSeconds: config.accessToken.ttlSeconds,
      refreshToken: makeRefreshToken({ sessionId, generation }, keys.refreshKey),
      session,
      account,
    };
  }
}
