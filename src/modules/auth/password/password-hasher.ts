import { hash, verify } from '@node-rs/argon2';
import { authErrors } from '../auth.errors.js';

export interface PasswordHasherOptions {
  readonly memoryKibibytes: number;
  readonly passes: number;
  readonly lanes: number;
  readonly inFlightMax: number;
  readonly queueMax: number;
}

/** argon2id, `Algorithm.Argon2id`: the package's enums exist for the type checker only. */
const argon2id = 2;
const retryAfterSeconds = 2;

/**
 * Hashes passwords, at most `inFlightMax` at once: argon2 runs on the thread pool that also checks
 * tokens and reads files. The others wait in JavaScript, first come first served, at most
 * `queueMax`; beyond it the call raises 503 `password-hashing-busy` instead of waiting.
 */
export class PasswordHasher {
  readonly #options: PasswordHasherOptions;
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor(options: PasswordHasherOptions) {
    this.#options = options;
  }

  /** The PHC string of a password, with a salt of its own. */
  hash(password: string): Promise<string> {
    const { memoryKibibytes: memoryCost, passes: timeCost, lanes: parallelism } = this.#options;
    return this.#inTurn(() => hash(password, { algorithm: argon2id, memoryCost, timeCost, parallelism }));
  }

  /** Whether the password made this hash; with the hash's own parameters. */
  verify(passwordHash: string, password: string): Promise<boolean> {
    return this.#inTurn(() => verify(passwordHash, password));
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { inFlightMax, queueMax } = this.#options;
    if (this.#inFlight < inFlightMax) this.#inFlight += 1;
    else if (this.#waiting.length < queueMax)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else throw authErrors.passwordHashingBusy({ params: { seconds: retryAfterSeconds }, retryAfterSeconds });
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so a newcomer cannot overtake.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inFlight -= 1;
    }
  }
}
