import type { AuthConfig } from '../auth.config.js';

/** A session as the reference model keeps it; times are ms. */
export interface ModelSession {
  readonly id: string;
  readonly device: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  generation: number;
  rotatedAt: number;
  lastSeenAt: number;
  idleUntil: number;
  /** The written reason of its end. */
  reason: string | undefined;
}

type Rules = AuthConfig['session'];
type Outcome = 'ok' | string;

const codes: Readonly<Record<string, string>> = {
  ...{ logout: 'session-logged-out', 'logout-all': 'session-logged-out' },
  ...{ evicted: 'session-evicted', replaced: 'session-evicted' },
  ...{ banned: 'account-banned', 'password-changed': 'session-revoked' },
  'refresh-reused': 'refresh-reused',
};

/** What the sessions of one user should do, one step after the other, in the plainest way to say it. */
export class SessionModel {
  readonly sessions: ModelSession[] = [];
  banned = false;
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  live(now: number): ModelSession[] {
    return this.sessions.filter((session) => session.reason === undefined && now < session.idleUntil);
  }

  /** What a holder of the session's tokens is told. */
  outcomeOf(session: ModelSession, now: number): Outcome {
    if (session.reason !== undefined) return codes[session.reason] ?? 'unknown reason';
    if (now >= session.idleUntil) return 'session-expired';
    return this.banned ? 'account-banned' : 'ok';
  }

  /** Makes room; what then opened is added with `opened`. */
  signIn(device: string | undefined, chosen: string | undefined, now: number): Outcome {
    if (this.banned) return 'account-banned';
    const { limit, policy } = this.#rules;
    const named = this.live(now).filter(({ id, device: on }) => id === chosen || (device && on === device));
    if (policy === 'reject' && named.length === 0 && this.live(now).length >= limit)
      return 'device-limit-reached';
    for (const session of named) {
      session.reason = device && session.device === device ? 'replaced' : 'evicted';
    }
    const by = policy === 'evict-oldest' ? 'createdAt' : 'lastSeenAt';
    const order = this.live(now).sort((a, b) => b[by] - a[by] || (a.id < b.id ? 1 : -1));
    for (const session of order.slice(limit - 1)) session.reason = 'evicted';
    return 'ok';
  }

  opened(id: string, device: string | undefined, now: number): void {
    const expiresAt = now + this.#rules.absoluteTtlSeconds * 1000;
    const times = { createdAt: now, lastSeenAt: now, rotatedAt: 0, expiresAt };
    this.sessions.push({
      ...{ id, device, generation: 0, ...times, reason: undefined },
      idleUntil: this.#idleUntil(now, expiresAt),
    });
  }

  /** The generation that the answer's token is of, or why there is none. */
  refresh(session: ModelSession, generation: number, now: number): number | Outcome {
    const outcome = this.outcomeOf(session, now);
    if (outcome !== 'ok') return outcome;
    if (generation === session.generation) {
      session.generation += 1;
      session.rotatedAt = now;
      session.lastSeenAt = now;
      session.idleUntil = this.#idleUntil(now, session.expiresAt);
      return session.generation;
    }
    const twin = generation === session.generation - 1;
    if (twin && now - session.rotatedAt < this.#rules.refreshGraceSeconds * 1000) return session.generation;
    session.reason = 'refresh-reused';
    return 'refresh-reused';
  }

  end(sessions: readonly ModelSession[], reason: string, now: number): number {
    const ending = this.live(now).filter((session) => sessions.includes(session));
    for (const session of ending) session.reason = reason;
    return ending.length;
  }

  #idleUntil(now: number, expiresAt: number): number {
    return Math.min(now + this.#rules.idleTtlSeconds * 1000, expiresAt);
  }
}
