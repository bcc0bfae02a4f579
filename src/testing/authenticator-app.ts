import { Secret, TOTP } from 'otpauth';
import type { Clock } from '../platform/kernel/index.js';

/** The phone of a user: shows the code of a secret at the moment of the clock. */
export class AuthenticatorApp {
  readonly #totp: TOTP;
  readonly #clock: Clock;

  constructor(secret: string, clock: Clock) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(secret) });
    this.#clock = clock;
  }

  get seedHex(): string {
    return this.#totp.secret.hex.toLowerCase();
  }

  /** So many steps of 30 s before (negative) or after the current one. */
  code(steps = 0): string {
    return this.#totp.generate({ timestamp: this.#clock.now().getTime() + steps * 30_000 });
  }

  /** Six digits that are no code around now. */
  wrongCode(): string {
    const near = new Set([-2, -1, 0, 1, 2].map((steps) => this.code(steps)));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.has(code)) ?? '';
  }
}
