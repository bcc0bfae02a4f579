import { createHmac } from 'node:crypto';
import { addressKey } from '../../../platform/rate-limit/index.js';
import type { GuardKey } from './login-guard.repository.js';

const keyBytes = 16;

/** Whom somebody claims to be: an account, or a login that no account has. */
export type Subject = { readonly userId: string } | { readonly login: string };

/**
 * What failures are counted under. Keyed hashes of one length, whoever it is: the table tells neither who
 * tried to sign in nor from where, and a login of any length takes the same room.
 */
export class LoginKeys {
  readonly #secret: () => Uint8Array;

  constructor(secret: () => Uint8Array) {
    this.#secret = secret;
  }

  account(subject: Subject): GuardKey {
    const name = 'userId' in subject ? `user ${subject.userId}` : `login ${subject.login}`;
    return { kind: 'account', key: this.#hash(name) };
  }

  address(address: string): GuardKey {
    return { kind: 'address', key: this.#hash(`address ${addressKey(address)}`) };
  }

  #hash(name: string): Buffer {
    return createHmac('sha256', this.#secret())
      .update('qingyu login guard v1\n')
      .update(name)
      .digest()
      .subarray(0, keyBytes);
  }
}
