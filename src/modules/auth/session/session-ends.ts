import type { Tx } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { AuthMetrics } from '../auth.metrics.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import type { EndReason } from './session.domain.js';
import {
  type EndedSession,
  endExpiredSessions,
  endReusedSession,
  endSession,
  endSessionsOf,
  endSessionsOnDevice,
  endSurplusSessions,
  type LimitedSessions,
  lockUser,
} from './session-ends.repository.js';

export interface EndOptions {
  readonly reason: EndReason;
  /** The device that did it, for the user of the ended session to read. */
  readonly byDevice?: string | undefined;
}

interface SessionEndsDeps {
  readonly clock: Clock;
  readonly changes: AuthChanges;
  readonly metrics: AuthMetrics;
}

/**
 * Every end of a session that is written passes here. It is part of the caller's transaction, tells every instance with
 * its commit, and is counted after it. A session ends once: what has ended or expired keeps its reason.
 */
export class SessionEnds {
  readonly #deps: SessionEndsDeps;

  constructor(deps: SessionEndsDeps) {
    this.#deps = deps;
  }

  /**
   * Ends the live sessions of a user, all but `except`; answers how many. Takes the lock on the user's row, so a sign-in
   * comes wholly before it and is ended, or wholly after it and sees what the caller wrote.
   */
  async endAllOf(
    tx: Tx,
    userId: string,
    { except, ...options }: EndOptions & { readonly except?: string | undefined },
  ): Promise<number> {
    await lockUser(tx, userId);
    const ended = await endSessionsOf(tx, userId, this.#ending(options), except);
    return (await this.#tell(tx, ended, options.reason)).length;
  }

  /** Ends one live session of a user. False: it is none, or somebody else's. */
  async endOne(tx: Tx, userId: string, sessionId: string, options: EndOptions): Promise<boolean> {
    return (await this.endChosen(tx, userId, sessionId, options)).length === 1;
  }

  /** As `endOne`, answering what ended. */
  async endChosen(tx: Tx, userId: string, sessionId: string, options: EndOptions): Promise<EndedSession[]> {
    const ended = await endSession(tx, userId, sessionId, this.#ending(options));
    return this.#tell(tx, ended, options.reason);
  }

  /** Ends the live sessions that a user has on a device. The caller holds the lock on the user's row. */
  async endOnDevice(tx: Tx, userId: string, deviceId: string, options: EndOptions): Promise<EndedSession[]> {
    const ended = await endSessionsOnDevice(tx, userId, deviceId, this.#ending(options));
    return this.#tell(tx, ended, options.reason);
  }

  /** Ends all but `keep` live sessions. The caller holds the lock on the user's row. */
  async endSurplus(
    tx: Tx,
    limited: LimitedSessions,
    order: { readonly keep: number; readonly keepBy: 'last_seen_at' | 'created_at' },
    options: EndOptions,
  ): Promise<void> {
    const ended = await endSurplusSessions(tx, limited, order, this.#ending(options));
    await this.#tell(tx, ended, options.reason);
  }

  /** Ends a live session that has moved on from the generation of a refresh token that came back. */
  async endReused(tx: Tx, sessionId: string, presented: number): Promise<void> {
    const ended = await endReusedSession(tx, sessionId, presented, this.#deps.clock.now());
    if (ended) await this.#tell(tx, [{ id: sessionId }], 'refresh-reused');
  }

  /** Writes down the ends of up to `max` sessions whose time has run out; answers how many. */
  async endExpired(tx: Tx, max: number): Promise<number> {
    const expired = await endExpiredSessions(tx, this.#deps.clock.now(), max);
    for (const reason of ['idle', 'absolute'] as const) {
      const ended = expired.filter((session) => session.reason === reason);
      await this.#tell(tx, ended, reason);
    }
    return expired.length;
  }

  #ending(options: EndOptions) {
    return { ...options, at: this.#deps.clock.now() };
  }

  async #tell<S extends { readonly id: string }>(tx: Tx, ended: S[], reason: EndReason): Promise<S[]> {
    if (ended.length === 0) return ended;
    const { changes, metrics } = this.#deps;
    await changes.record(
      tx,
      ended.map(({ id }) => ({ kind: 'session', subject: id, reason })),
    );
    tx.afterCommit(() => metrics.sessionsEnded(reason, ended.length));
    return ended;
  }
}
