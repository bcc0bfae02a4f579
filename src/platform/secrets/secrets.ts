import { port } from '../kernel/index.js';

/** A secret as a table keeps it: two columns, `sealed_with text` and `bytea`. */
export interface SealedSecret {
  /**
   * Names the key that opens `bytes`, and their format with it: 16 hexadecimal digits are AES-256-GCM as
   * nonce, text and tag. Null: not encrypted, since there was no key.
   */
  readonly keyId: string | null;
  readonly bytes: Uint8Array;
}

/**
 * Encrypts what must not lie in the database in the clear. `about` says whose secret it is (a table and
 * its row, for example) and is bound to it: a sealed secret cannot stand in for another.
 */
export interface Secrets {
  /** The key that seals; null when there is none, and secrets are kept in the clear. */
  readonly currentKeyId: string | null;
  seal(secret: Uint8Array, about: string): SealedSecret;
  /** Throws SecretError when the key is not at hand, or the bytes were changed or are about something else. */
  open(sealed: SealedSecret, about: string): Buffer;
  /** Whether the key of this name is at hand. */
  hasKey(keyId: string): boolean;
  /** Whether it is not sealed with the current key. */
  needsRotation(sealed: SealedSecret): boolean;
}

export const Secrets = port<Secrets>('secrets');

/** A secret that does not open. The message names keys by their ids and never holds a key or a secret. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}
