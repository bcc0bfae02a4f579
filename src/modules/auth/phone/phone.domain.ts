import { randomInt } from 'node:crypto';

/** E.164. */
const international = /^\+[1-9][0-9]{6,14}$/;
const mainland = /^\+861[3-9][0-9]{9}$/;
const mainlandWithoutCode = /^1[3-9][0-9]{9}$/;
/** What people write between digits. */
const separators = /[ ()-]/g;
const usernameAlphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
const usernameRandomLength = 12;

/**
 * A phone in E.164. A mobile number of mainland China may come without +86, others may begin with 00. Undefined for
 * what is none, also for digits of other scripts: a look-alike must not be another way to write a phone.
 */
export function normalisePhone(typed: string): string | undefined {
  const digits = typed.replace(separators, '').replace(/^00/, '+');
  if (mainlandWithoutCode.test(digits)) return `+86${digits}`;
  if (digits.startsWith('+86')) return mainland.test(digits) ? digits : undefined;
  return international.test(digits) ? digits : undefined;
}

export function newCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}

/** The name of an account that a phone opened; about 60 bits, so nobody guesses or meets one. */
export function newUsername(): string {
  const random = Array.from(
    { length: usernameRandomLength },
    () => usernameAlphabet[randomInt(usernameAlphabet.length)],
  );
  return `reader_${random.join('')}`;
}

export interface AllowanceRule {
  readonly max: number;
  readonly windowSeconds: number;
  /** Between one and the next. */
  readonly pauseSeconds: number;
}

/** Those that still count, in order of time. */
export function countingAt(sentAt: readonly Date[], { windowSeconds }: AllowanceRule, now: Date): Date[] {
  const since = now.getTime() - windowSeconds * 1000;
  return sentAt.filter((at) => at.getTime() > since).sort((a, b) => a.getTime() - b.getTime());
}

/** When the next one may be sent; undefined: now. */
export function freeAt(sentAt: readonly Date[], rule: AllowanceRule, now: Date): Date | undefined {
  const counting = countingAt(sentAt, rule, now);
  const last = counting.at(-1);
  const oldest = counting.at(-rule.max);
  const ends = [
    last && last.getTime() + rule.pauseSeconds * 1000,
    oldest && oldest.getTime() + rule.windowSeconds * 1000,
  ].filter((end) => end !== undefined && end > now.getTime()) as number[];
  return ends.length === 0 ? undefined : new Date(Math.max(...ends));
}
