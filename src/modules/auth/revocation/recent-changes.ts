import type { AuthChange } from './auth-change.js';

/** Whose changes decide over a token. */
export interface Subjects {
  readonly tokenId: string;
  readonly sessionId: string;
  readonly userId: string;
}

/** Beyond so many changed subjects all are taken for changed. */
const subjectsMax = 50_000;

/**
 * Which subjects changed, numbered in the order in which this process heard of it. What was read is out of date when a
 * change of its subjects has a higher number than the one that stood when the reading began.
 */
export class RecentChanges {
  #position = 0;
  /** Whatever was read before it is out of date. */
  #horizon = 0;
  readonly #numbers = {
    token: new Map<string, number>(),
    session: new Map<string, number>(),
    user: new Map<string, number>(),
  };

  /** Of the newest change; taken before a reading begins. */
  get position(): number {
    return this.#position;
  }

  apply(changes: readonly AuthChange[]): void {
    for (const { kind, subject } of changes) {
      if (kind === 'role') this.forgetAll();
      else if (kind !== 'key') {
        this.#position += 1;
        this.#numbers[kind].set(subject, this.#position);
      }
    }
    const { token, session, user } = this.#numbers;
    if (token.size + session.size + user.size > subjectsMax) this.forgetAll();
  }

  /** Anything may have changed: all that was read, and all that is being read, is out of date. */
  forgetAll(): void {
    this.#position += 1;
    this.#horizon = this.#position;
    for (const numbers of Object.values(this.#numbers)) numbers.clear();
  }

  changedSince(position: number, { tokenId, sessionId, userId }: Subjects): boolean {
    if (position === this.#position) return false;
    if (position < this.#horizon) return true;
    const { token, session, user } = this.#numbers;
    return (
      (session.get(sessionId) ?? 0) > position ||
      (user.get(userId) ?? 0) > position ||
      (token.get(tokenId) ?? 0) > position
    );
  }
}
