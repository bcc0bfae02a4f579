import type { Database } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import { type Clock, newId } from '../../platform/kernel/index.js';
import type { AccessTokens } from './access-token.js';
import { loginKey, preparePassword } from './account.domain.js';
import { type Credentials, findAccount, findCredentials, lockCredentials } from './account.repository.js';
import type { AuthConfig } from './auth.config.js';
import { authErrors } from './auth.errors.js';
import type { AuthMetrics } from './auth.metrics.js';
import type { Account } from './auth.port.js';
import type { KeyRing } from './key-ring.js';
import type { PasswordHasher } from './password-hasher.js';
import { makeRefreshToken, type RefreshClaim, readRefreshToken } from './refresh-token.js';
import { type DeviceClass, deadSession, idleEnd, judgeSpent, sessionEnd } from './session.domain.js';
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

export interface Login {
  readonly login: string;
  readonly password: string;
  readonly device?: Device | undefined;
  readonly address: string | undefined;
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
  readonly hasher: PasswordHasher;
  readonly keys: KeyRing;
  readonly tokens: AccessTokens;
  readonly metrics: AuthMetrics;
}

/** Sign-in, refresh and the ends of sessions. */
export class SessionService {
  readonly #deps: SessionServiceDeps;
  /** Verified for a login that nobody has, so that it costs what a wrong password costs. */
  #decoyHash = '';

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
  }

  async initialize(): Promise<void> {
    this.#decoyHash = await this.#deps.hasher.hash('nobody has this password');
  }

  /**
   * Opens a session; a live one of the same user on the same `device.id` ends as replaced. Raises
   * 401 `invalid-credentials` or `account-banned`, 503 `password-hashing-busy`.
   */
  login(login: Login): Promise<SignedIn> {
    return this.#deps.metrics.login(async () => {
      const { db, hasher } = this.#deps;
      const found = await findCredentials(db, loginKey(login.login));
      const right = await hasher.verify(
        found?.passwordHash ?? this.#decoyHash,
        preparePassword(login.password),
      );
      if (!found || !right) throw authErrors.invalidCredentials();
      const { account, session } = await this.#open(found, login);
      return this.#issue(account, session);
    });
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
    const ended = await endSession(db, sessionId, userId, { reason: 'logout', at: clock.now() });
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

  async #open(found: Credentials, { device, address }: Login) {
    const { db, clock, config, metrics } = this.#deps;
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + config.session.absoluteTtlSeconds * 1000);
    const session: Session = {
      id: newId(now),
      userId: found.account.id,
      deviceId: device?.id ?? null,
      deviceName: device?.name ?? null,
      deviceClass: device?.class ?? 'web',
      address: address ?? null,
      createdAt: now,
      lastSeenAt: now,
      idleUntil: idleEnd(now, config.session.idleTtlSeconds, expiresAt),
      expiresAt,
      ...{ generation: 0, rotatedAt: null, endedAt: null, endReason: null, endedByDevice: null },
    };
    const opened = await db.withTransaction({ name: 'open-session' }, async (tx) => {
      const current = await lockCredentials(tx, session.userId);
      // The password may have changed, and its sessions ended, while this one was verified.
      if (current?.passwordHash !== found.passwordHash) return authErrors.invalidCredentials();
      if (current.account.status === 'closed') return authErrors.invalidCredentials();
      if (current.account.status === 'banned') return authErrors.accountBanned();
      const ending = { reason: 'replaced', at: now, byDevice: device?.name ?? device?.id } as const;
      const replaced = device ? await endSessionsOnDevice(tx, session.userId, device.id, ending) : 0;
      await insertSession(tx, session);
      return { account: current.account, replaced };
    });
    if (opened instanceof AppError) throw opened;
    metrics.sessionsEnded('replaced', opened.replaced);
    return { account: opened.account, session };
  }

  async #load({
    sessionId,
  }: Pick<RefreshClaim, 'sessionId'>): Promise<{ account: Account; session: Session }> {
    const { db, clock } = this.#deps;
    const session = await findSession(db, sessionId);
    const account = session && (await findAccount(db, session.userId));
    if (!account || account.status === 'closed') throw authErrors.tokenInvalid();
    const end = sessionEnd(session, clock.now());
    if (end) throw deadSession(end);
    if (account.status === 'banned') throw authErrors.accountBanned();
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
    if (await endReusedSession(db, session.id, generation, now)) metrics.sessionsEnded('refresh-reused');
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
