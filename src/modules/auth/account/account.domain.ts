import type { AccountRefusal } from '../auth.port.js';

/**
 * Lower case of ASCII only. `toLowerCase` maps characters from elsewhere into ASCII (U+212A, the
 * Kelvin sign, becomes `k`), which would give one account two names.
 */
export function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const usernameShape = /^[A-Za-z0-9_]+$/;
const emailShape =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
/** RFC 5321, 4.5.3.1.3. */
const emailLengthMax = 254;

export type LoginKey = { readonly kind: 'username' | 'email'; readonly key: string };

/**
 * What a login names. A username has no `@` and an e-mail address has one, so no login means two
 * accounts. Text that can be neither gives a key that no account has.
 */
export function loginKey(login: string): LoginKey {
  if (isEmail(login)) return { kind: 'email', key: asciiLowerCase(login) };
  return { kind: 'username', key: usernameShape.test(login) ? asciiLowerCase(login) : '' };
}

export function isEmail(text: string): boolean {
  return text.length <= emailLengthMax && emailShape.test(text);
}

export function isUsername(text: string, rule: { lengthMin: number; lengthMax: number }): boolean {
  return text.length >= rule.lengthMin && text.length <= rule.lengthMax && usernameShape.test(text);
}

export function isReserved(username: string, reserved: readonly string[]): boolean {
  const key = asciiLowerCase(username);
  return reserved.some((name) => asciiLowerCase(name) === key);
}

/** One form for what looks the same, as RFC 8265 (OpaqueString) has it: keyboards differ in composition. */
export function preparePassword(password: string): string {
  return password.normalize('NFC');
}

export function passwordLength(password: string): number {
  return [...password].length;
}

export interface PasswordRule {
  readonly lengthMin: number;
  readonly lengthMax: number;
  /** In lower case. */
  readonly common: ReadonlySet<string>;
}

/** The first rule that a prepared password breaks; undefined when it may be used. */
export function passwordRefusal(
  password: string,
  username: string,
  rule: PasswordRule,
): Extract<AccountRefusal, `password-${string}`> | undefined {
  const length = passwordLength(password);
  if (length < rule.lengthMin || length > rule.lengthMax) return 'password-length';
  const folded = password.normalize('NFKC').toLowerCase();
  if (folded === asciiLowerCase(username)) return 'password-is-username';
  if (!/\p{L}/u.test(password) || !/\p{Nd}/u.test(password)) return 'password-simple';
  if (rule.common.has(folded)) return 'password-common';
  return undefined;
}
