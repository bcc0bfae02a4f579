import type { Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { Credentials } from '../account/account.repository.js';
import type { Opening, SessionService, SignedIn } from '../session/session.service.js';
import type { Attempt, LoginGuard } from './login-guard.js';
import type { Subject } from './login-keys.js';
import type { FactorVerdict, SecondFactor } from './second-factor.js';

/** What every way to sign in takes besides its proof. */
export interface SignInRequest extends Omit<Opening, 'userId' | 'refuse' | 'opened'> {
  /** For the second factor, where the account has one. */
  readonly totp?: string | undefined;
}

/** Somebody has shown who they are. */
export interface Proven {
  readonly userId: string;
  /** Why the proof no longer holds, in the transaction that opens the session, under the user's row lock. */
  readonly refuse: (current: Credentials) => AppError | undefined;
  /** What the proof leaves behind in that transaction, once the session is there; what it denies undoes all of it. */
  readonly opened?: ((tx: Tx) => Promise<AppError | undefined>) | undefined;
}

export interface Proof {
  /** Whom somebody claims to be. */
  readonly subject: Subject;
  /** A wrong proof is the refusal that it gets, and counts as a failed sign-in; what it throws does not. */
  readonly prove: () => Promise<Proven | AppError>;
}

interface Entry {
  readonly attempt: Attempt;
  readonly factor: Extract<FactorVerdict, { passed: true }>;
  readonly request: SignInRequest;
}

interface SignInDeps {
  readonly guard: LoginGuard;
  readonly secondFactor: SecondFactor;
  readonly sessions: SessionService;
}

/**
 * The one way in, whatever somebody proves themselves with: locked? → proof → locked by now? → second factor →
 * open. Only a wrong proof and a wrong second factor count as failures; a lock, a ban, the limit of devices and
 * a full queue of hashes do not. Right and wrong proofs meet the same second look at the lock, so that neither
 * an answer nor its time tells them apart while it is locked.
 */
export class SignIn {
  readonly #deps: SignInDeps;

  constructor(deps: SignInDeps) {
    this.#deps = deps;
  }

  /** Raises 429 `login-locked`, the refusal of the proof or of the second factor, or why no session is opened. */
  async enter({ subject, prove }: Proof, request: SignInRequest): Promise<SignedIn> {
    const { guard, secondFactor } = this.#deps;
    const attempt = guard.attempt(subject, request.address);
    await guard.refuseLocked(attempt);
    const proven = await prove();
    await guard.refuseLocked(attempt);
    if (proven instanceof AppError) throw (await guard.fail(attempt)) ?? proven;
    const factor = await secondFactor.check(proven.userId, request.totp);
    if (factor.passed) return this.#open(proven, { attempt, factor, request });
    throw (factor.counts ? await guard.fail(attempt) : undefined) ?? factor.refusal;
  }

  #open(proven: Proven, { attempt, factor, request: { totp: _, ...request } }: Entry): Promise<SignedIn> {
    const { guard, sessions } = this.#deps;
    let hasCount = false;
    return sessions.open({
      ...request,
      userId: proven.userId,
      refuse: async (current, tx) => {
        const look = await guard.lookIn(tx, attempt);
        hasCount = look.hasCount;
        return look.refusal ?? proven.refuse(current);
      },
      opened: async (tx) => {
        if (hasCount) await guard.succeeded(tx, attempt);
        return (await factor.spend(tx)) ?? proven.opened?.(tx);
      },
    });
  }
}
