import { hash, verify } from '@node-rs/argon2';
import { authErrors } from '../auth.errors.js';

export interface PasswordHasherOptions {
  readonly memoryKibibytes: number;
  readonly passes: number;
  readonly lanes: number;
  readonly inFlightMax: number;
  readonly queueMax: number;
}

/** Kept for an account that has no password: nothing verifies against it, at the cost of a real hash. */
export const noPassword = '!';

/** argon2id, `Algorithm.Argon2id`: the package's enums exist for the type checker only. */
const argon2id = 2;
const phcParameters = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;
const retryAfterSeconds = 2;

interface Turn {
  readonly begin: () => void;
}

/**
 * Hashes passwords, at most `inFlightMax` at once: argon2 runs on the thread pool that also checks
 * tokens and reads files. The others wait in JavaScript, first come first served, at most
 * `queueMax`; beyond it the call raises 503 `password-hashing-busy` instead of waiting. Who waits and
 * aborts its `signal` leaves the queue with 408 `client-left` and costs no hash.
 */
export class PasswordHasher {
  readonly #options: PasswordHasherOptions;
  /** In the order of arrival; one that aborts is taken out at once, wherever it stands. */
  readonly #waiting = new Set<Turn>();
  #inFlight = 0;
  #decoy: Promise<string> | undefined;

  constructor(options: PasswordHasherOptions) {
    this.#options = options;
  }

  /** The PHC string of a password, with a salt of its own. */
  hash(password: string, signal?: AbortSignal): Promise<string> {
    const { memoryKibibytes: memoryCost, passes: timeCost, lanes: parallelism } = this.#options;
    return this.#inTurn(
      () => hash(password, { algorithm: argon2id, memoryCost, timeCost, parallelism }),
      signal,
    );
  }

  /**
   * Whether the password made this hash; with the hash's own parameters. False for `noPassword` and for
   * the hash of somebody who does not exist (`undefined`), at the cost of a hash that is made today.
   */
  async verify(passwordHash: string | undefined, password: string, signal?: AbortSignal): Promise<boolean> {
    const isReal = passwordHash !== undefined && passwordHash !== noPassword;
    const against = isReal ? passwordHash : await this.#decoyHash();
    const matches = await this.#inTurn(() => verify(against, password), signal);
    return isReal && matches;
  }

  /** Makes what the first verification for nobody would make, so that it costs no more than the others. */
  async prepare(): Promise<void> {
    await this.#decoyHash();
  }

  /** Whether the configuration asks more of a hash than this one has. */
  isOutdated(passwordHash: string): boolean {
    const [, memory, passes, lanes] = phcParameters.exec(passwordHash) ?? [];
    if (memory === undefined) return false;
    const { memoryKibibytes, passes: timeCost, lanes: parallelism } = this.#options;
    return Number(memory) < memoryKibibytes || Number(passes) < timeCost || Number(lanes) < parallelism;
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= this.hash('nobody has this password').catch((error) => {
      this.#decoy = undefined;
      throw error;
    });
    return this.#decoy;
  }

  async #inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal?.aborted) throw clientLeft(signal);
    const { inFlightMax, queueMax } = this.#options;
    if (this.#inFlight < inFlightMax) this.#inFlight += 1;
    else if (this.#waiting.size < queueMax) await this.#turn(signal);
    else throw authErrors.passwordHashingBusy({ params: { seconds: retryAfterSeconds }, retryAfterSeconds });
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(turn);
        reject(clientLeft(signal));
      };
      const turn: Turn = {
        begin: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting.add(turn);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** The place goes straight to the next in line, so a newcomer cannot overtake. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#inFlight -= 1;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }
}

function clientLeft(signal: AbortSignal | undefined): Error {
  return authErrors.clientLeft({ cause: signal?.reason });
}
