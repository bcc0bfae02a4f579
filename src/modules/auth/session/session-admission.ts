import type { Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import { sessionOpened } from './session.events.js';
import { insertSession, type Session } from './session.repository.js';
import { sessionView } from './session.views.js';
import { countLimitedSessions, knowsDevice, listLimitedSessions } from './session-admission.repository.js';
import type { SessionEnds } from './session-ends.js';
import type { EndedSession, LimitedSessions } from './session-ends.repository.js';
import type { SessionLimit } from './session-limit.js';

/** As many as anyone can choose from. */
const listedMax = 100;

interface SessionAdmissionDeps {
  readonly config: AuthConfig['session'];
  readonly limit: SessionLimit;
  readonly ends: SessionEnds;
  readonly events: Events;
}

/** Lets a new session in beside the others of its user, or ends others for it: at no commit are there more than the limit. */
export class SessionAdmission {
  readonly #deps: SessionAdmissionDeps;

  constructor(deps: SessionAdmissionDeps) {
    this.#deps = deps;
  }

  /**
   * Inserts `session` in a transaction that holds the lock on the user's row. First ends those on the same device and the
   * one that the user chose (`endSessionId`: own and live, else nothing), then by the policy what is beyond the limit.
   * Answers why there is no room; the caller then undoes the transaction.
   */
  async admit(tx: Tx, session: Session, endSessionId: string | undefined): Promise<AppError | undefined> {
    const { config, events } = this.#deps;
    const newDevice = !session.deviceId || !(await knowsDevice(tx, session.userId, session.deviceId));
    const ended = await this.#endNamed(tx, session, endSessionId);
    const limit = await this.#limitOf(tx, session.userId);
    const limited = {
      userId: session.userId,
      deviceClass: config.scope === 'device-class' ? session.deviceClass : undefined,
    };
    const denied = await this.#denial(tx, session, { limit, limited, ended });
    if (denied) return denied;
    await this.#endSurplus(tx, session, limited, limit);
    await insertSession(tx, session);
    const { userId, id: sessionId, deviceName, deviceClass } = session;
    const device = { ...(deviceName !== null && { deviceName }), deviceClass, newDevice };
    await events.add(tx, sessionOpened, { userId, sessionId, ...device }, { aggregate: `user ${userId}` });
    return undefined;
  }

  async #endNamed(tx: Tx, session: Session, endSessionId: string | undefined): Promise<EndedSession[]> {
    const { ends } = this.#deps;
    const { userId, deviceId } = session;
    const byDevice = deviceOf(session);
    const replaced = deviceId
      ? await ends.endOnDevice(tx, userId, deviceId, { reason: 'replaced', byDevice })
      : [];
    const chosen = endSessionId
      ? await ends.endChosen(tx, userId, endSessionId, { reason: 'evicted', byDevice })
      : [];
    return [...replaced, ...chosen];
  }

  async #limitOf(tx: Tx, userId: string): Promise<number> {
    const { config, limit } = this.#deps;
    const raised = (await limit.limitOf(tx, userId)) ?? config.limit;
    if (!Number.isSafeInteger(raised) || raised < 1) {
      throw new RangeError(`A session limit is a whole number of at least 1; ${raised} came.`);
    }
    return Math.max(raised, config.limit);
  }

  /** Only `reject` denies, and only who would add a session: whoever ends one gets its place, even when the limit fell. */
  async #denial(
    tx: Tx,
    { createdAt }: Session,
    { limit, limited, ended }: { limit: number; limited: LimitedSessions; ended: readonly EndedSession[] },
  ): Promise<AppError | undefined> {
    if (this.#deps.config.policy !== 'reject') return undefined;
    const { deviceClass } = limited;
    if (ended.some((other) => deviceClass === undefined || other.deviceClass === deviceClass))
      return undefined;
    const count = await countLimitedSessions(tx, limited, createdAt);
    if (count < limit) return undefined;
    const sessions = await listLimitedSessions(tx, limited, createdAt, listedMax);
    return authErrors.deviceLimitReached({
      params: { count, limit },
      extensions: { limit, count, sessions: sessions.map((other) => sessionView(other, undefined)) },
    });
  }

  #endSurplus(tx: Tx, session: Session, limited: LimitedSessions, limit: number): Promise<void> {
    const { config, ends } = this.#deps;
    const keepBy = config.policy === 'evict-oldest' ? 'created_at' : 'last_seen_at';
    const options = { reason: 'evicted', byDevice: deviceOf(session) } as const;
    return ends.endSurplus(tx, limited, { keep: limit - 1, keepBy }, options);
  }
}

/** What a person would call it. */
export function deviceOf({ deviceName, deviceId, deviceClass }: Session): string {
  return deviceName ?? deviceId ?? deviceClass;
}
