import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import { type Clock, newId } from '../../../platform/kernel/index.js';
import { type Credentials, findAccount, lockCredentials } from '../account/account.repository.js';
import { standingRefusal } from '../account/account.standing.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import type { Account } from '../auth.port.js';
import type { AccessTokens } from '../token/access-token.js';
import type { KeyRing } from '../token/key-ring.js';
import { makeRefreshToken, type RefreshClaim, readRefreshToken } from './refresh-token.js';
import { type DeviceClass, deadSession, idleEnd, judgeSpent, sessionEnd } from './session.domain.js';
import {
  findSession,
  listLiveSessions,
  rotateSession,
  type Session,
  type SessionPosition,
} from './session.repository.js';
import { deviceOf, type SessionAdmission } from './session-admission.js';
import type { SessionEnds } from './session-ends.js';

export interface Device {
  readonly id: string;
  readonly name?: string | undefined;
  readonly class?: DeviceClass | undefined;
}

export interface Opening {
  readonly userId: string;
  readonly device?: Device | undefined;
  readonly address: string | undefined;
  /** A live session of the user that gives way to this one. */
  readonly endSessionId?: string | undefined;
  /** Why the user, as the locked row now says, may not come in after all. */
  readonly refuse: (current: Credentials, tx: Tx) => AppError | undefined | Promise<AppError | undefined>;
  /** What else becomes true with the session, in its transaction; what it denies undoes all of it. */
  readonly opened?: (tx: Tx) => Promise<AppError | undefined>;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly session: Session;
  readonly account: Account;
}

interface Living {
  readonly account: Account;
  readonly session: Session;
}

interface SessionServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig;
  readonly admission: SessionAdmission;
  readonly ends: SessionEnds;
  readonly keys: KeyRing;
  readonly tokens: AccessTokens;
}

/** Opens, refreshes, lists and ends sessions. */
export class SessionService {
  readonly #deps: SessionServiceDeps;

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Opens a session under the lock on the user's row, at the price of others where the limit asks for it; a live one of the
   * same user on the same `device.id` ends as replaced. Raises what `refuse` says, why the account may not be used, or 409
   * `device-limit-reached`.
   */
  async open(opening: Opening): Promise<SignedIn> {
    const { db, clock, admission } = this.#deps;
    const opened = await db.withTransaction({ name: 'open-session' }, async (tx) => {
      const current = await lockCredentials(tx, opening.userId);
      if (!current) return authErrors.invalidCredentials();
      // After the wait for the lock, so that sessions are as old as their order says.
      const now = clock.now();
      const refusal = (await opening.refuse(current, tx)) ?? standingRefusal(current.account, now);
      if (refusal) return refusal;
      const session = this.#newSession(opening, now);
      const denied =
        (await admission.admit(tx, session, opening.endSessionId)) ?? (await opening.opened?.(tx));
      return denied ? tx.rollback(denied) : { account: current.account, session };
    });
    if (opened instanceof AppError) throw opened;
    return this.#issue(opened);
  }

  /**
   * Spends a refresh token for the next one. The same token again within the grace gets the same
   * successor; an older one ends the session. Raises a 401 that says why the session is over.
   */
  async refresh(refreshToken: string): Promise<SignedIn> {
    const claim = readRefreshToken(refreshToken, this.#deps.keys.refreshKey);
    if (!claim) throw authErrors.tokenInvalid();
    const living = await this.#load(claim);
    if (living.session.generation !== claim.generation) return this.#issueToTwin(living, claim);
    const session = await this.#rotate(living.session);
    if (session) return this.#issue({ account: living.account, session });
    // Somebody was quicker: what the row says by now decides.
    return this.#issueToTwin(await this.#load(claim), claim);
  }

  /** Ends a live session of the user, from the session `by` or another one. False: it is none, or ended before. */
  end(userId: string, sessionId: string, by = sessionId): Promise<boolean> {
    const { db, ends } = this.#deps;
    return db.withTransaction({ name: 'end-session' }, async (tx) => {
      const byDevice = by === sessionId ? undefined : await deviceOfSession(tx, by);
      return ends.endOne(tx, userId, sessionId, { reason: 'logout', byDevice });
    });
  }

  /** Ends the user's live sessions, with or without the one that asks; answers how many. */
  endAll(userId: string, currentId: string, options: { readonly exceptCurrent: boolean }): Promise<number> {
    const { db, ends } = this.#deps;
    return db.withTransaction({ name: 'end-all-sessions' }, async (tx) => {
      const except = options.exceptCurrent ? currentId : undefined;
      const byDevice = await deviceOfSession(tx, currentId);
      return ends.endAllOf(tx, userId, { reason: 'logout-all', byDevice, except });
    });
  }

  /** The user's live sessions, last used first; `limit + 1` of them where there are more. */
  list(userId: string, limit: number, after: SessionPosition | undefined): Promise<Session[]> {
    const { db, clock } = this.#deps;
    return listLiveSessions(db, userId, { now: clock.now(), limit: limit + 1, after });
  }

  /** The user and the session behind a request. Raises 401 when they went away meanwhile. */
  describe(sessionId: string): Promise<Living> {
    return this.#load({ sessionId });
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

  async #load({ sessionId }: Pick<RefreshClaim, 'sessionId'>): Promise<Living> {
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

  #rotate(session: Session): Promise<Session | undefined> {
    const { db, clock, config } = this.#deps;
    const now = clock.now();
    const idleUntil = idleEnd(now, config.session.idleTtlSeconds, session.expiresAt);
    return rotateSession(db, session, { now, idleUntil });
  }

  /** For a token of an earlier generation than the session's: its successor within the grace, else the session's end. */
  async #issueToTwin(living: Living, claim: RefreshClaim): Promise<SignedIn> {
    const { db, clock, config, ends } = this.#deps;
    const grace = config.session.refreshGraceSeconds;
    const verdict = judgeSpent(living.session, claim.generation, clock.now(), grace);
    if (verdict === 'same-successor') return this.#issue(living);
    if (verdict === 'unknown') throw authErrors.tokenInvalid();
    await db.withTransaction({ name: 'end-reused-session' }, (tx) =>
      ends.endReused(tx, claim.sessionId, claim.generation),
    );
    // Raises why it is over: somebody else may have ended it first.
    await this.#load(claim);
    throw authErrors.tokenInvalid();
  }

  async #issue({ account, session }: Living): Promise<SignedIn> {
    const { config, keys, tokens } = this.#deps;
    const { id: sessionId, generation } = session;
    return {
      accessToken: await tokens.sign({
        userId: account.id,
        sessionId,
        rolesRevision: account.rolesRevision,
      }),
      expiresInSeconds: config.accessToken.ttlSeconds,
      refreshToken: makeRefreshToken({ sessionId, generation }, keys.refreshKey),
      session,
      account,
    };
  }
}

async function deviceOfSession(tx: Tx, sessionId: string): Promise<string | undefined> {
  const session = await findSession(tx, sessionId);
  return session && deviceOf(session);
}
