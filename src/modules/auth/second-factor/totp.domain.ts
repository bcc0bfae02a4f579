import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** RFC 4226, 4: the length of the hash. */
const seedBytes = 20;
const digits = 6;
const periodSeconds = 30;
/** Steps before and after the current one: the clock of a phone may be that far off (RFC 6238, 5.2). */
const windowSteps = 1;
const codeShape = /^\d{6}$/;

export function newSeed(): Uint8Array {
  return randomBytes(seedBytes);
}

function totpOf(seed: Uint8Array, names: { issuer?: string; label?: string } = {}): TOTP {
  const secret = new Secret({ buffer: Uint8Array.from(seed).buffer });
  return new TOTP({ ...names, secret, algorithm: 'SHA1', digits, period: periodSeconds });
}

export function isTotpCode(text: string): boolean {
  return codeShape.test(text);
}

/** The time step whose code this is; undefined when it is none of the current step or of its neighbours. */
export function stepOf(code: string, seed: Uint8Array, now: Date): number | undefined {
  if (!isTotpCode(code)) return undefined;
  const totp = totpOf(seed);
  const timestamp = now.getTime();
  const delta = totp.validate({ token: code, timestamp, window: windowSteps });
  return delta === null ? undefined : totp.counter({ timestamp }) + delta;
}

export interface Provisioning {
  /** Base32, for people who type it. */
  readonly secret: string;
  /** For a QR code. */
  readonly uri: string;
}

export function provisioningOf(seed: Uint8Array, issuer: string, username: string): Provisioning {
  const totp = totpOf(seed, { issuer, label: username });
  return { secret: totp.secret.base32, uri: totp.toString() };
}
