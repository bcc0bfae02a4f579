import { AppError } from '../../platform/errors/index.js';
import type { Metrics } from '../../platform/metrics/index.js';

/** What happened to accounts, sign-ins, sessions and tokens. Labels are our own codes, so they are bounded. */
export class AuthMetrics {
  readonly registrations;
  /** Readings of the rows behind a token; the other checks were decided in memory. */
  readonly sessionReads;
  readonly #logins;
  readonly #loginLocks;
  /** By outcome, in plain numbers: one is counted at every request. */
  readonly #tokenChecks = new Map<string, number>();
  #tokensAccepted = 0;
  readonly #sessionsEnded;

  constructor(metrics: Metrics) {
    this.registrations = metrics.counter({ name: 'user_registrations_total', help: 'Accounts registered' });
    this.#logins = metrics.counter({
      name: 'user_logins_total',
      help: 'Sign-ins by outcome: success or the code of the refusal',
      labels: ['outcome'],
    });
    this.#loginLocks = metrics.counter({
      name: 'user_login_locks_total',
      help: 'Locks after too many failed sign-ins, of an account or an address',
      labels: ['scope'],
    });
    metrics.counter(
      {
        name: 'auth_token_checks_total',
        help: 'Access tokens checked by outcome: accepted or the code of the refusal',
        labels: ['outcome'],
      },
      (counter) => {
        counter.reset();
        if (this.#tokensAccepted > 0) counter.inc({ outcome: 'accepted' }, this.#tokensAccepted);
        for (const [outcome, count] of this.#tokenChecks) counter.inc({ outcome }, count);
      },
    );
    this.sessionReads = metrics.counter({
      name: 'auth_session_reads_total',
      help: 'Access tokens whose session, user and roles were read from the database',
    });
    this.#sessionsEnded = metrics.counter({
      name: 'sessions_ended_total',
      help: 'Sessions ended by reason',
      labels: ['reason'],
    });
  }

  login<T>(work: () => Promise<T>): Promise<T> {
    return counted(work, 'success', (outcome) => this.#logins.inc({ outcome }));
  }

  loginLocked(scope: 'account' | 'address'): void {
    this.#loginLocks.inc({ scope });
  }

  tokenAccepted(): void {
    this.#tokensAccepted += 1;
  }

  tokenCheck<T>(work: () => Promise<T>): Promise<T> {
    return counted(work, 'accepted', (outcome) => {
      if (outcome === 'accepted') this.#tokensAccepted += 1;
      else this.#tokenChecks.set(outcome, (this.#tokenChecks.get(outcome) ?? 0) + 1);
    });
  }

  sessionsEnded(reason: string, count = 1): void {
    if (count > 0) this.#sessionsEnded.inc({ reason }, count);
  }
}

async function counted<T>(
  work: () => Promise<T>,
  good: string,
  count: (outcome: string) => void,
): Promise<T> {
  try {
    const value = await work();
    count(good);
    return value;
  } catch (error) {
    count(error instanceof AppError ? error.code : 'error');
    throw error;
  }
}
